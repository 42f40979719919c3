"""What every API endpoint shares: paging and errors that say what to do."""

from typing import Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler


class Pagination(PageNumberPagination):
    """50 rows a page; ``?page_size=`` up to 500."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


class Refused(Exception):
    """A request that was understood and refused; nothing changed. ``code`` is for programs, ``message`` for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's answers, plus 409 ``{"code", "detail"}`` for a refusal by the rules of the product."""
    if isinstance(error, Refused):
        return Response({"code": error.code, "detail": str(error.message)}, status=409)
    return drf_exception_handler(error, context)
