"""What a person fills in to set a lever."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.arbitration import LEVER_LEAST, LEVER_MOST


class LeverForm(forms.Form):
    """The number and the reason."""

    value = forms.DecimalField(
        label=_("Lever"), min_value=Decimal(str(LEVER_LEAST)), max_value=Decimal(str(LEVER_MOST)), decimal_places=2, localize=True,
        help_text=_("Between 0.1 and 10. 1 changes nothing, 2 doubles the priority, 0.5 halves it."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Why"), min_length=3, max_length=200, help_text=_("Everybody who looks at the arbitration reads it.")
    )
