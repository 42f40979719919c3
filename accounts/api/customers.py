"""Customers by API: the list with the filters of the page, and one with its 360 picture."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import asof, queries
from accounts.forms.customers import CustomerFilter
from accounts.hierarchy import HEAD_OFFICE
from accounts.models import Customer, Picture
from accounts.permissions import EVERYONE, person


class PictureSerializer(serializers.ModelSerializer):
    """360 figures; null means that there are no data. Money in BRL, durations in seconds, NPS 0–10."""

    class Meta:
        model = Picture
        exclude = ("customer",)


class PastSerializer(PictureSerializer):
    """The picture as of a day, from dated rows only; what cannot be told is null and has its reason in ``missing``."""

    signed_value = serializers.DecimalField(max_digits=20, decimal_places=5, allow_null=True)
    undated_lines = serializers.IntegerField()
    tickets_until = serializers.DateField(allow_null=True)
    figures_as_of = serializers.DateField(allow_null=True)
    missing = serializers.DictField(child=serializers.CharField())


class CustomerSerializer(serializers.ModelSerializer):
    """A customer in a list."""

    owner = serializers.EmailField(source="owner.email", default=None, allow_null=True, read_only=True)
    mrr = serializers.DecimalField(
        source="picture.mrr", max_digits=14, decimal_places=2, default=None, allow_null=True, read_only=True
    )

    establishment = serializers.SerializerMethodField()
    group = serializers.CharField(source="group_name", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Customer
        fields: tuple[str, ...] = (
            "code",
            "name",
            "cnpj",
            "since",
            "city",
            "state",
            "country",
            "cnae",
            "industry",
            "subindustry",
            "revenue_band",
            "owner",
            "mrr",
            "cnpj_root",
            "establishment",
            "group",
        )

    @extend_schema_field(serializers.ChoiceField(choices=["head_office", "branch"], allow_null=True))
    def get_establishment(self, customer: Customer) -> str | None:
        """Head office or branch by the CNPJ; None without one."""
        if not customer.cnpj_order:
            return None
        return "head_office" if customer.cnpj_order == HEAD_OFFICE else "branch"


class CustomerDetailSerializer(CustomerSerializer):
    """A customer with its picture (null before the first import computed it).

    With ``?as_of=`` there is ``past`` instead: ``picture`` and ``mrr``, which speak of today, are null then.
    """

    picture = serializers.SerializerMethodField()
    past = serializers.SerializerMethodField()
    mrr = serializers.SerializerMethodField()  # type: ignore[assignment]
    merged_codes = serializers.SerializerMethodField()

    class Meta(CustomerSerializer.Meta):
        fields: tuple[str, ...] = (*CustomerSerializer.Meta.fields, "picture", "past", "merged_codes")

    @extend_schema_field(PictureSerializer(allow_null=True))
    def get_picture(self, customer: Customer) -> dict[str, Any] | None:
        """The picture, or None."""
        picture = getattr(customer, "picture", None)
        if self.context.get("as_of"):
            return None
        return dict(PictureSerializer(picture).data) if picture else None

    @extend_schema_field(serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True))
    def get_mrr(self, customer: Customer) -> str | None:
        """Today's MRR; None without data and in the past."""
        picture = None if self.context.get("as_of") else getattr(customer, "picture", None)
        return None if picture is None or picture.mrr is None else str(picture.mrr)

    @extend_schema_field(PastSerializer(allow_null=True))
    def get_past(self, customer: Customer) -> dict[str, Any] | None:
        """The picture as of the day that was asked for, or None."""
        day = self.context.get("as_of")
        if not day:
            return None
        past = asof.past(customer, day)
        known = {
            "signed_value": past.signed_value,
            "undated_lines": past.undated_lines,
            "tickets_until": past.tickets_until,
            "figures_as_of": past.figures_as_of,
        }
        told = {name: str(reason) for name, reason in past.missing.items()}
        return {**PictureSerializer(past.picture).data, **known, "missing": told}

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_merged_codes(self, customer: Customer) -> list[str]:
        """Codes of the customers that were merged into this one."""
        return sorted(queries.family(customer.pk).exclude(pk=customer.pk).values_list("code", flat=True))


class CustomerList(generics.ListAPIView):
    """Customers that you may see, by code; filters as on the page."""

    allowed_roles = EVERYONE
    queryset = Customer.objects.none()
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter

    def get_queryset(self) -> QuerySet[Customer]:
        """The customers that this person may see."""
        return queries.customer_rows(person(self.request)).order_by("code")


class CustomerDetail(generics.RetrieveAPIView):
    """One customer with its 360 figures; 404 also for customers of others. The code of a merged one gives its survivor."""

    allowed_roles = EVERYONE
    queryset = Customer.objects.none()
    serializer_class = CustomerDetailSerializer
    lookup_field = "code"
    filter_backends = ()

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "as_of",
                OpenApiTypes.DATE,
                description="A day before today: the picture of that day, from dated rows only.",
            )
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The customer, today or as of a day; 400 for what is no day before today."""
        return super().get(request, *args, **kwargs)

    def get_object(self) -> Customer:
        """The customer, or the one that it was merged into."""
        rows = self.get_queryset().filter(pk__in=queries.standing_for(self.kwargs["code"].replace("\x00", "")))
        return get_object_or_404(rows)

    def get_serializer_context(self) -> dict[str, Any]:
        """The day asked for, checked."""
        asked = self.request.GET.get("as_of", "") if self.request else ""
        day = asof.day_of(asked)
        if asked and day is None:
            raise serializers.ValidationError({"as_of": _("Give a day before today as YYYY-MM-DD.")})
        return {**super().get_serializer_context(), "as_of": day}

    def get_queryset(self) -> QuerySet[Customer]:
        """The customers that this person may see."""
        return queries.customer_rows(person(self.request))
