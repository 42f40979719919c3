"""Group, company and branches of a customer by CNPJ, with consolidated figures of those that a person may see."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import Customer, CustomerGroup, GroupRoot, User
from accounts.queries import customer_rows

HEAD_OFFICE = "0001"
MOST = 60  # establishments that a page lists; the list of customers shows them all


@dataclass(frozen=True)
class Company:
    """One CNPJ root with its establishments that may be seen, the head office first."""

    root: str
    establishments: list[Customer] = field(default_factory=list)


@dataclass(frozen=True)
class Hierarchy:
    """What stands above and beside one customer.

    ``figures`` add up visible establishments only: ``customers``, ``mrr`` with ``with_mrr`` (how many have a figure), ``nps`` of last
    answers with ``with_nps``, ``contract_lines``. ``hidden`` counts the establishments that belong to other account owners.
    """

    root: str
    group: CustomerGroup | None
    companies: list[Company]
    figures: dict[str, Any]
    hidden: int

    @property
    def shown(self) -> int:
        """Establishments listed here; the rest are behind the link to the list."""
        return sum(len(company.establishments) for company in self.companies)

    @property
    def alone(self) -> bool:
        """Nothing stands above or beside the customer: no group, no other establishment, not even a hidden one."""
        return self.group is None and self.hidden == 0 and self.figures["customers"] <= 1


def hierarchy_of(customer: Customer, user: User) -> Hierarchy | None:
    """None for a customer without CNPJ."""
    if not customer.cnpj_root:
        return None
    group = group_of(customer.cnpj_root)
    roots = list(group.roots.values_list("root", flat=True)) if group else [customer.cnpj_root]
    everyone = Customer.objects.filter(cnpj_root__in=roots)
    visible = customer_rows(user).filter(cnpj_root__in=roots)
    own_first = visible.order_by("cnpj_root", "cnpj_order", "code")
    companies: dict[str, Company] = {customer.cnpj_root: Company(customer.cnpj_root)}
    for each in own_first[:MOST]:
        companies.setdefault(each.cnpj_root, Company(each.cnpj_root)).establishments.append(each)
    figures = _figures(visible)
    return Hierarchy(
        customer.cnpj_root, group, list(companies.values()), figures, everyone.count() - figures["customers"]
    )


def group_of(root: str) -> CustomerGroup | None:
    """The group that a person put this company into."""
    found = GroupRoot.objects.filter(root=root).select_related("group").first()
    return found.group if found else None


def groups_of(user: User) -> QuerySet[CustomerGroup]:
    """Groups with a customer that this person may see."""
    seen = Customer.objects.visible_to(user).exclude(cnpj_root="").values("cnpj_root")
    return CustomerGroup.objects.filter(roots__root__in=seen).distinct().order_by("name")


def _figures(rows: QuerySet[Customer]) -> dict[str, Any]:
    answered = Q(picture__nps_last__isnull=False)
    found = rows.order_by().aggregate(
        customers=Count("pk"),
        mrr=Sum("picture__mrr"),
        with_mrr=Count("picture__mrr"),
        with_nps=Count("pk", filter=answered),
        promoters=Count("pk", filter=Q(picture__nps_last__gte=9)),
        detractors=Count("pk", filter=Q(picture__nps_last__lte=6)),
        contract_lines=Sum("picture__contract_lines"),
    )
    promoters, detractors = found.pop("promoters"), found.pop("detractors")
    known = found["with_nps"]
    return {**found, "nps": 100 * (promoters - detractors) / known if known else None}
