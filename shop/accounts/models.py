"""Who logs in: customers and staff, by e-mail address."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CustomerManager(BaseUserManager["Customer"]):
    """Creates customers; asked for by Django's own commands and forms."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Customer":
        """A new customer. Raises ValueError where the address is empty."""
        if not email:
            raise ValueError("A customer needs an e-mail address.")
        customer = self.model(email=self.normalize_email(email), **fields)
        customer.set_password(password)
        customer.save(using=self._db)
        return customer

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Customer":
        """A new member of staff with every permission."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "Customer":
        """The customer who logs in with this address, in whichever case it was typed."""
        return self.get(email__iexact=username)


class Customer(AbstractBaseUser, PermissionsMixin):
    """A person who can log in. `is_staff` opens the admin."""

    email = models.EmailField(_("e-mail address"), unique=True)
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
