"""Which files the product knows, in words for people: one line per source, in the order in which they are read."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.sources import SOURCES


class KnownFile(NamedTuple):
    """A kind of file: its source name, usual file name, what it says, and the columns without which it is refused."""

    name: str
    pattern: str
    title: str | Promise
    columns: list[str]


TITLES: dict[str, str | Promise] = {
    "clientes_desde": _("Customers and their first day, one row per customer"),
    "dados_clientes": _("Contract lines with product, value, city and industry"),
    "unidades": _("Business unit of each product line"),
    "responsaveis": _("Trade name, CNPJ and account owner of each customer"),
    "contatos": _("People to write to and what they agreed to"),
    "mrr": _("Monthly recurring revenue of each customer"),
    "contratacoes_ultimos_12_meses": _("Contracts closed in the last twelve months"),
    "historico": _("Past proposals, one row per item"),
    "nps_relacional": _("Relationship NPS: would the customer recommend us"),
    "nps_transacional_aquisicao": _("NPS after a purchase"),
    "nps_transacional_implantacao": _("NPS after an implementation"),
    "nps_transacional_onboarding": _("NPS after the onboarding"),
    "nps_transacional_produto": _("NPS of a product"),
    "nps_transacional_suporte": _("NPS after a support ticket"),
    "tickets": _("Support tickets, one row per ticket"),
    "telemetria": _("Product use, one row per event"),
}


def known_files() -> list[KnownFile]:
    """Every kind of file that an import reads."""
    return [
        KnownFile(
            source.name,
            source.pattern,
            TITLES[source.name],
            [column.header for column in source.columns if column.needed],
        )
        for source in SOURCES
    ]
