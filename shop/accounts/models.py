"""Customers and staff, who log in by email address, and their address book."""

from typing import Any, ClassVar, Self

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shop.postal.models import PostalAddress


class CustomerManager(BaseUserManager["Customer"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Customer":
        """Create a customer. Raises ValueError without an email address."""
        if not email:
            raise ValueError("A customer needs an email address.")
        customer = self.model(email=self.model.normalize_username(email), **fields)
        customer.set_password(password)
        customer.save(using=self._db)
        return customer

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Customer":
        """Create a member of staff with every permission, and a verified email address."""
        staff = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        emails = apps.get_model("account", "EmailAddress")._default_manager
        emails.create(user=staff, email=staff.email, verified=True, primary=True)
        return staff

    def get_by_natural_key(self, username: str | None) -> "Customer":
        """Return the customer with this email address, ignoring case."""
        return self.get(email__iexact=username)


class Customer(AbstractBaseUser, PermissionsMixin):
    """A person who can log in. `is_staff` gives access to the admin."""

    email = models.EmailField(_("email address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[CustomerManager] = CustomerManager()

    EMAIL_FIELD = USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [models.UniqueConstraint(Lower("email"), name="customer_email_in_any_case")]

    def __str__(self) -> str:
        return self.email

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """Return the email address in lower case, as it is stored."""
        return super().normalize_username(username).lower()


class AddressQuerySet(models.QuerySet["Address"]):
    def of(self, customer: Customer) -> Self:
        """Return the customer's addresses, defaults first."""
        return self.filter(customer=customer).order_by("-is_default_shipping", "-is_default_billing", "pk")


class Address(PostalAddress):
    """An entry of a customer's address book. Orders copy it, so it may change or be deleted at any time."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses", verbose_name=_("customer"))
    is_default_shipping = models.BooleanField(_("default delivery address"), default=False)
    is_default_billing = models.BooleanField(_("default billing address"), default=False)

    objects = AddressQuerySet.as_manager()

    class Meta(PostalAddress.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], name="address_one_for_delivery", condition=Q(is_default_shipping=True)
            ),
            models.UniqueConstraint(
                fields=["customer"], name="address_one_for_invoices", condition=Q(is_default_billing=True)
            ),
        ]
