"""Groups of companies: named by people, because no register says which companies belong together."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import Customer, CustomerGroup, GroupRoot, Role, User
from b2shift.lib.api import Refused

MAY_GROUP = frozenset({Role.ANALYST, Role.MANAGER, Role.ADMIN})


@transaction.atomic
def assign(actor: User, code: str, name: str) -> CustomerGroup | None:
    """Put the company of customer ``code`` into the group ``name`` (made when new), or out of its group when ``name`` is empty.

    All establishments of the company go along. A group without companies ceases to be. The same again changes nothing.
    """
    from validate_docbr import CNPJ  # only where company numbers are decided on

    if actor.role not in MAY_GROUP:
        raise Refused("role", _("Your role does not change groups."))
    customer = Customer.objects.visible_to(actor).get(code=code)
    if not CNPJ().validate(customer.cnpj):
        raise Refused("no_cnpj", _("This customer has no valid CNPJ, so there is no company to put into a group."))
    root, name = customer.cnpj_root, " ".join(name.split())
    held = GroupRoot.objects.select_for_update().filter(root=root).select_related("group").first()
    if (held.group.name if held else "") == name:
        return held.group if held else None
    group = CustomerGroup.objects.get_or_create(name=name, defaults={"created_by": actor})[0] if name else None
    if group is None:
        GroupRoot.objects.filter(root=root).delete()
    else:
        GroupRoot.objects.update_or_create(root=root, defaults={"group": group})
    if held is not None:
        CustomerGroup.objects.filter(pk=held.group_id, roots=None).delete()
    record(
        actor, "customer.group", customer, f"{root}: {name or '—'}", before=held.group.name if held else "", after=name
    )
    return group
