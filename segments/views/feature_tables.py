"""The table of features."""

from __future__ import annotations

import django_tables2 as tables
from django.utils.translation import gettext_lazy

from b2shift.templatetags.b2shift import number, percent
from segments.views.tables import NUM


class FeaturesTable(tables.Table):
    """Features as ``segments.views.features.rows`` makes them."""

    meaning = tables.TemplateColumn(template_name="segments/_feature.html", verbose_name=gettext_lazy("Feature"))
    side = tables.Column(verbose_name=gettext_lazy("Side"))
    unit = tables.Column(verbose_name=gettext_lazy("Unit"))
    source = tables.Column(verbose_name=gettext_lazy("Source"))
    coverage = tables.Column(verbose_name=gettext_lazy("Known of"), attrs=NUM, empty_values=())
    typical = tables.Column(verbose_name=gettext_lazy("Median"), attrs=NUM, orderable=False)
    psi = tables.Column(verbose_name=gettext_lazy("Drift (PSI)"), attrs=NUM, empty_values=())
    transform = tables.Column(verbose_name=gettext_lazy("Scale"))

    def render_coverage(self, value: float | None) -> str:
        """A percentage of the customers."""
        return percent(value, 0)

    def render_psi(self, value: float | None) -> str:
        """Two digits, or a dash where there is no earlier run to compare with."""
        return number(value, 2)
