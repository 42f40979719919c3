"""Addresses of insights: pages and API."""

from django.urls import URLPattern, URLResolver, path

from insights import api
from insights.views.executive import executive, segment_panel, segments_csv
from insights.views.home import home
from insights.views.risk import at_risk, at_risk_csv

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("executive/", executive, name="executive"),
    path("executive/segments.csv", segments_csv, name="executive-segments-csv"),
    path("insights/at-risk/", at_risk, name="at-risk"),
    path("insights/at-risk.csv", at_risk_csv, name="at-risk-csv"),
    path("insights/segment/<str:passport>/", segment_panel, name="segment-figures"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("figures/", api.CompanyFigures.as_view(), name="api-figures"),
    path("figures/segments/", api.SegmentFiguresList.as_view(), name="api-segment-figures"),
]
