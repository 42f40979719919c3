"""Is the installation able to serve? For start-up, load balancers and monitors."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from accounts.permissions import public


@public
def healthz(request: HttpRequest) -> JsonResponse:
    """200 ``{"ok": true}`` when the database answers, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"ok": False, "detail": "the database does not answer"}, status=503)
    return JsonResponse({"ok": True})
