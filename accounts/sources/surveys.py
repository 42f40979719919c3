"""What customers said: the relational survey and the five transactional ones."""

from django.utils.translation import gettext_lazy as _

from accounts.sources.declaration import Column, Kind, Scores, Source

_MASTER = ("clientes_desde", "clientes", "dados_clientes")


def _code(header: str) -> Column:
    return Column("customer", header, Kind.CUSTOMER, _("customer code"), needed=True, required=True)


def _main(header: str) -> Column:
    return Column("score", header, Kind.SCORE, _("would recommend, 0–10"), needed=True, required=True)


def _sub(*headers: str) -> tuple[Column, ...]:
    """Optional sub-scores; a missing one stays missing."""
    return tuple(Column(f"s{n}", header, Kind.SCORE, _("sub-score, 0–10")) for n, header in enumerate(headers))


RELATIONAL = Source(
    name="nps_relacional",
    title=_("Relationship NPS: would the customer recommend us"),
    fresh_days=100,
    owner_role="customer_success",
    pattern="nps_relacional*.csv",
    grain=_("one row per answer"),
    columns=(
        Column("answered_on", "respondedAt", Kind.MOMENT, _("moment of the answer"), needed=True),
        _code("metadata_codcliente"),
        _main("resposta_NPS"),
        *_sub(
            "resposta_unidade", "Nota_SupTec_Agilidade", "Nota_SupTec_Atendimento", "Nota_Comercial", "Nota_Custos",
            "Nota_AdmFin_Atendimento", "Nota_Software", "Nota_Software_Atualizacao",
        ),
    ),
    after=_MASTER,
    duplicates="nps_relacional_duplicates",
    orphans="nps_relacional_orphans",
)  # fmt: skip

ACQUISITION = Source(
    name="nps_transacional_aquisicao",
    title=_("NPS after a purchase"),
    fresh_days=35,
    owner_role="customer_success",
    pattern="nps_transacional_aquisicao*.csv",
    grain=_("one row per answer"),
    columns=(
        _code("Cód. Cliente"),
        Column("answered_on", "Data da Resposta", Kind.MOMENT, _("day of the answer"), needed=True),
        _main("Nota NPS"),
        *_sub("Nota Agilidade"),
        Column("s1", "Nota Conhecimento", Kind.SCORE, _("sub-score, 0–10")),
        Column("s2", "Nota Custo", Kind.SCORE, _("sub-score, 0–10"), needed=True),
        Column("s3", "Nota Facilidade", Kind.SCORE, _("sub-score, 0–10")),
        Column("s4", "Nota Flexibilidade", Kind.SCORE, _("sub-score, 0–10")),
    ),
    after=_MASTER,
    duplicates="nps_aquisicao_duplicates",
    orphans="nps_aquisicao_orphans",
)

IMPLEMENTATION = Source(
    name="nps_transacional_implantacao",
    title=_("NPS after an implementation"),
    fresh_days=35,
    owner_role="customer_success",
    pattern="nps_transacional_implantacao*.csv",
    grain=_("one row per answer"),
    columns=(
        _code("Cód. Cliente"),
        Column("answered_on", "Data da Resposta", Kind.MOMENT, _("day of the answer"), needed=True),
        _main("Nota NPS"),
        Column("s0", "Nota Metodologia", Kind.SCORE, _("sub-score, 0–10"), needed=True),
        Column("s1", "Nota Gestao", Kind.SCORE, _("sub-score, 0–10")),
        Column("s2", "Nota Conhecimento", Kind.SCORE, _("sub-score, 0–10")),
        Column("s3", "Nota Qualidade", Kind.SCORE, _("sub-score, 0–10")),
        Column("s4", "Nota Comunicacao", Kind.SCORE, _("sub-score, 0–10")),
        Column("s5", "Nota Prazos", Kind.SCORE, _("sub-score, 0–10")),
    ),
    after=_MASTER,
    duplicates="nps_implantacao_duplicates",
    orphans="nps_implantacao_orphans",
)

_ONBOARDING = (
    "Em uma escala de 0 a 10, quanto você recomenda o Onboarding da TOTVS para um amigo ou colega?.",
    "Em uma escala de 0 a 10, o quanto você acredita que o atendimento CS Onboarding ajudou no início da sua "
    "trajetória com a TOTVS?",
    "- Duração do tempo na realização da reunião de Onboarding;",
    "- Clareza no acesso aos canais de comunicação da TOTVS;",
    "- Clareza nas informações em geral transmitidas pelo CS que lhe atendeu no Onboarding;",
    "- Expectativas atendidas no Onboarding da TOTVS.",
)
ONBOARDING = Source(
    name="nps_transacional_onboarding",
    title=_("NPS after the onboarding"),
    fresh_days=35,
    owner_role="customer_success",
    pattern="nps_transacional_onboarding*.csv",
    grain=_("one row per answer"),
    columns=(
        Column("answered_on", "Data de resposta", Kind.MOMENT, _("moment of the answer"), needed=True),
        _code("Cod Cliente"),
        _main(_ONBOARDING[0]),
        *_sub(*_ONBOARDING[1:]),
    ),
    after=_MASTER,
    duplicates="nps_onboarding_duplicates",
    orphans="nps_onboarding_orphans",
)

PRODUCT = Source(
    name="nps_transacional_produto",
    title=_("NPS of a product"),
    fresh_days=35,
    owner_role="customer_success",
    pattern="nps_transacional_produto*.csv",
    grain=_("one row per answer"),
    columns=(
        Column(
            "answered_on", "Data da Resposta", Kind.MOMENT, _("moment of the answer, US format"), needed=True,
            formats=("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y"),
        ),
        Column("line", "Linha de Produto", Kind.TEXT, _("product line"), needed=True),
        Column("product", "Nome do Produto", Kind.TEXT, _("product asked about")),
        _main("Nota"),
        _code("Cód. T"),
    ),
    after=_MASTER,
    duplicates="nps_produto_duplicates",
    orphans="nps_produto_orphans",
)  # fmt: skip

SUPPORT = Source(
    name="nps_transacional_suporte",
    title=_("NPS after a support ticket"),
    fresh_days=35,
    owner_role="customer_success",
    pattern="nps_transacional_suporte*.csv",
    grain=_("one row per ticket; dated through the ticket"),
    columns=(
        Column("ticket", "ticket", Kind.TEXT, _("ticket number"), needed=True, required=True),
        _main("resposta_NPS"),
        Column(
            "group", "grupo_NPS", Kind.TEXT, _("promoter, passive or detractor"),
            vocabulary=frozenset({"promotor", "passivo", "detrator"}),
        ),
        *_sub("Nota_ConhecimentoAgente", "Nota_Solucao", "Nota_TempoRetorno", "Nota_Facilidade", "Nota_Satisfacao"),
        _code("cliente"),
    ),
    after=(*_MASTER, "tickets"),
    duplicates="nps_suporte_duplicates",
    orphans="nps_suporte_orphans",
)  # fmt: skip

SURVEYS: dict[str, Scores] = {
    source.name: Scores(
        kind, subject, {c.name: c.header for c in source.columns if c.kind is Kind.SCORE and c.name != "score"}
    )
    for source, kind, subject in (
        (RELATIONAL, "relational", "NULL"),
        (ACQUISITION, "acquisition", "NULL"),
        (IMPLEMENTATION, "implementation", "NULL"),
        (ONBOARDING, "onboarding", "NULL"),
        (PRODUCT, "product", "concat_ws(' · ', line, product)"),
        (SUPPORT, "support", "ticket"),
    )
}
