"""For the data catalogue: which features rest on a dataset."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.catalog.queries import READERS
from accounts.permissions import allow
from b2shift.lib.htmx import page_or_fragment
from segments import features

# The datasets of the catalogue behind each word that a feature names as its source.
DATASETS: dict[str, tuple[str, ...]] = {
    "mrr": ("mrr", "base_pictures"),
    "contracts": ("dados_clientes", "unidades", "base_contract_lines", "base_pictures", "base_customers"),
    "customers": ("clientes_desde", "base_customers"),
    "telemetry": ("telemetria", "base_usage_days", "base_pictures"),
    "tickets": ("tickets", "base_ticket_months", "base_pictures"),
    "nps": (
        "nps_relacional", "nps_transacional_aquisicao", "nps_transacional_implantacao", "nps_transacional_onboarding",
        "nps_transacional_produto", "nps_transacional_suporte", "base_nps", "base_pictures",
    ),
    "purchases": ("contratacoes_ultimos_12_meses", "base_pictures"),
    "proposals": ("historico", "base_proposals", "base_contract_lines", "base_pictures"),
    "invoices": ("faturas", "base_invoices", "base_pictures"),
    "indicators": ("indicadores", "base_indicators"),
    "coverage": ("base_pictures",),
}  # fmt: skip


@allow(*READERS)
@require_safe
def dataset_features(request: HttpRequest, name: str) -> HttpResponse:
    """Features made from the dataset called ``name``; none for a dataset that segmentation does not read."""
    found = [each for each in features.FEATURES if name in DATASETS.get(each.source, ())]
    context = {"features": found, "name": name}
    return page_or_fragment(request, "segments/dataset_features.html", "segments/_dataset_features.html", context)
