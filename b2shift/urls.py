"""Every address of the product."""

from django.urls import include, path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

import accounts.urls
import campaigns.urls
import insights.urls
import segments.urls
from accounts.permissions import EVERYONE, public
from b2shift.health import healthz
from b2shift.views import styleguide


class ApiSchema(SpectacularAPIView):
    """The API's OpenAPI document, for everybody who can sign in."""

    allowed_roles = EVERYONE


class ApiDocs(SpectacularSwaggerSplitView):
    """The same document as a page; its script is a file of its own (CSP)."""

    allowed_roles = EVERYONE


api_patterns = [
    *accounts.urls.api_patterns,
    *segments.urls.api_patterns,
    *campaigns.urls.api_patterns,
    *insights.urls.api_patterns,
]

urlpatterns = [
    path("", include(insights.urls)),
    path("", include(accounts.urls)),
    path("", include(segments.urls)),
    path("", include(campaigns.urls)),
    path("api/v1/", include(api_patterns)),
    path("api/schema/", ApiSchema.as_view(), name="api-schema"),
    path("api/docs/", ApiDocs.as_view(url_name="api-schema"), name="api-docs"),
    path("auth/", include("allauth.account.urls")),
    path("auth/2fa/", include("allauth.mfa.urls")),
    path("styleguide/", styleguide, name="styleguide"),
    path("healthz", healthz, name="healthz"),
    path("language/", public(set_language), name="set_language"),
]
