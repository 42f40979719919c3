"""Addresses of accounts: pages and API."""

from django.urls import URLPattern, URLResolver, path

from accounts.api import catalog as catalog_api
from accounts.api import cleanse as cleanse_api
from accounts.api import customers as customers_api
from accounts.api import imports as imports_api
from accounts.api import tokens
from accounts.views import audit, catalog, cleanse, contacts, customers, gate, imports, panels, people, search

urlpatterns: list[URLPattern | URLResolver] = [
    path("search/", search.search, name="search"),
    path("customers/", customers.customers, name="customers"),
    path("customers/export.csv", customers.export, name="customers-export"),
    path("customers/reassign/", customers.reassign_customers, name="customers-reassign"),
    path("customers/<str:code>/", panels.overview, name="customer"),
    path("customers/<str:code>/contracts/", panels.contracts, name="customer-contracts"),
    path("customers/<str:code>/satisfaction/", panels.satisfaction, name="customer-satisfaction"),
    path("customers/<str:code>/support/", panels.support, name="customer-support"),
    path("customers/<str:code>/usage/", panels.usage, name="customer-usage"),
    path("customers/<str:code>/proposals/", panels.proposals, name="customer-proposals"),
    path("customers/<str:code>/billing/", panels.billing, name="customer-billing"),
    path("customers/<str:code>/contacts/", panels.contacts, name="customer-contacts"),
    path("customers/<str:code>/contacts/<int:pk>/erase/", contacts.erase_contact, name="contact-erase"),
    path("customers/<str:code>/contacts/<int:pk>/consent/", contacts.consent, name="contact-consent"),
    path("customers/<str:code>/timeline/", panels.timeline, name="customer-timeline"),
    path("data/", imports.imports, name="imports"),
    path("data/<int:pk>/", imports.import_page, name="import"),
    path("data/<int:pk>/quarantine/", imports.quarantine, name="import-quarantine"),
    path("data/<int:pk>/quarantine.csv", imports.quarantine_csv, name="import-quarantine-csv"),
    path("cleanse/", cleanse.repairs, name="repairs"),
    path("cleanse/decide/", cleanse.decide_repairs, name="repairs-decide"),
    path("cleanse/search/", cleanse.search_repairs, name="repairs-search"),
    path("cleanse/try/", cleanse.try_value, name="repair-try"),
    path("cleanse/rules/<slug:rule>/", cleanse.switch_rule, name="repair-rule"),
    path("cleanse/<int:pk>/", cleanse.repair, name="repair"),
    path("catalog/", catalog.catalog, name="catalog"),
    path("catalog/columns/", catalog.columns, name="catalog-columns"),
    path("catalog/gate/", gate.data_gate, name="catalog-gate"),
    path("catalog/gate/rules/new/", gate.rule, name="gate-rule-new"),
    path("catalog/gate/rules/<int:pk>/", gate.rule, name="gate-rule"),
    path("catalog/gate/rules/<int:pk>/override/", gate.override, name="gate-override"),
    path("catalog/gate/rules/<int:pk>/override/end/", gate.end_override, name="gate-override-end"),
    path("catalog/datasets/<str:name>/", catalog.dataset, name="catalog-dataset"),
    path("catalog/datasets/<str:name>/describe/", catalog.describe, name="catalog-describe"),
    path("catalog/datasets/<str:name>/draft/", catalog.draft, name="catalog-draft"),
    path("catalog/datasets/<str:name>/columns/<str:column>/", catalog.column, name="catalog-column"),
    path("catalog/datasets/<str:name>/columns/<str:column>/describe/", catalog.describe, name="catalog-describe-column"),
    path("users/", people.users, name="users"),
    path("users/new/", people.new_user, name="user-new"),
    path("users/<int:pk>/", people.user, name="user"),
    path("users/<int:pk>/access/", people.user_access, name="user-access"),
    path("users/<int:pk>/link/", people.user_link, name="user-link"),
    path("audit/", audit.audit, name="audit"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("customers/", customers_api.CustomerList.as_view(), name="api-customers"),
    path("customers/<str:code>/", customers_api.CustomerDetail.as_view(), name="api-customer"),
    path("imports/", imports_api.ImportList.as_view(), name="api-imports"),
    path("imports/<int:pk>/", imports_api.ImportDetail.as_view(), name="api-import"),
    path("repairs/", cleanse_api.RepairList.as_view(), name="api-repairs"),
    path("repairs/decide/", cleanse_api.RepairDecision.as_view(), name="api-repairs-decide"),
    path("catalog/", catalog_api.CatalogList.as_view(), name="api-catalog"),
    path("catalog/gate/", catalog_api.GateState.as_view(), name="api-catalog-gate"),
    path("catalog/<str:name>/", catalog_api.CatalogDetail.as_view(), name="api-catalog-dataset"),
    path("tokens/", tokens.Tokens.as_view(), name="api-tokens"),
]
