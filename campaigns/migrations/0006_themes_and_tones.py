"""Strategies that are there already are filed under their unit's portfolio and get the unit's tone of voice."""

from django.db import migrations

THEMES = {
    ("RD", "expand"): "growth", ("RD", "retain"): "recurrence", ("RD", "win_back"): "recurrence", ("RD", "cross_sell"): "funnel",
    ("RD", "onboard"): "funnel", ("GESTAO", "onboard"): "engagement", ("GESTAO", "retain"): "retention", ("GESTAO", "win_back"): "retention",
    ("GESTAO", "expand"): "expansion", ("GESTAO", "cross_sell"): "expansion", ("TECHFIN", "credit"): "credit",
}
TONES = {
    "RD": ("Leve, próximo e prático: frases curtas, exemplos do dia a dia de marketing e vendas, sem jargão e sem pressa.",
           "Light, close and practical: short sentences, examples from daily marketing and sales work, no jargon, no rush."),
    "GESTAO": ("Consultivo e seguro: fala com quem cuida da operação, mostra o ganho concreto e respeita o tempo do leitor.",
               "Advisory and confident: speaks to those who run the operation, shows the concrete gain and respects the reader's time."),
    "TECHFIN": ("Sóbrio e transparente: custo e condições antes da vantagem, nenhuma promessa de aprovação, nenhuma urgência.",
                "Sober and transparent: cost and terms before the advantage, no promise of approval, no urgency."),
}


def fill(apps, schema_editor):
    for strategy in apps.get_model("campaigns", "Strategy").objects.all():
        unit = strategy.business_unit_id
        strategy.theme = THEMES.get((unit, strategy.play), "payments" if unit == "TECHFIN" else "")
        strategy.tone, strategy.tone_en = TONES.get(unit, ("", ""))
        strategy.save()


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0005_catalogue_terms_and_playbooks'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
