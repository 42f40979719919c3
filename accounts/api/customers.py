"""Customers by API: the list with the filters of the page, and one with its 360 picture."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import generics, serializers

from accounts import queries
from accounts.forms.customers import CustomerFilter
from accounts.models import Customer, Picture
from accounts.permissions import EVERYONE, person


class PictureSerializer(serializers.ModelSerializer):
    """360 figures; null means that there are no data. Money in BRL, durations in seconds, NPS 0–10."""

    class Meta:
        model = Picture
        exclude = ("customer",)


class CustomerSerializer(serializers.ModelSerializer):
    """A customer in a list."""

    owner = serializers.EmailField(source="owner.email", default=None, allow_null=True, read_only=True)
    mrr = serializers.DecimalField(
        source="picture.mrr", max_digits=14, decimal_places=2, default=None, allow_null=True, read_only=True
    )

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
        )


class CustomerDetailSerializer(CustomerSerializer):
    """A customer with its picture (null before the first import computed it)."""

    picture = serializers.SerializerMethodField()

    class Meta(CustomerSerializer.Meta):
        fields: tuple[str, ...] = (*CustomerSerializer.Meta.fields, "picture")

    @extend_schema_field(PictureSerializer(allow_null=True))
    def get_picture(self, customer: Customer) -> dict[str, Any] | None:
        """The picture, or None."""
        picture = getattr(customer, "picture", None)
        return dict(PictureSerializer(picture).data) if picture else None


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
    """One customer with its 360 figures; 404 also for customers of others."""

    allowed_roles = EVERYONE
    queryset = Customer.objects.none()
    serializer_class = CustomerDetailSerializer
    lookup_field = "code"
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Customer]:
        """The customers that this person may see."""
        return queries.customer_rows(person(self.request))
