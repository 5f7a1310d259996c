"""Pages of a network in the admin that swap it: compare, go live, go back. Each writes by POST and is logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from visualsearch import tasks
from visualsearch.embedding.card import BadCard
from visualsearch.models import Network
from visualsearch.networks import serving
from visualsearch.networks.inventory import NetworkRefused
from visualsearch.quality import comparisons

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin  # generic for the type checker only

SEE, SWAP = "visualsearch.view_network", "visualsearch.add_activation"


class SwapPages(ModelAdmin):
    """Adds the pages to the admin of networks."""

    def get_urls(self) -> list[URLPattern]:
        pages: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "<int:key>/compare/": ("compare", require_POST(self.compare)),
            "<int:key>/go-live/": ("go_live", require_http_methods(["GET", "POST"])(self.go_live)),
            "<int:key>/progress/": ("progress", require_safe(self.progress)),
            "go-back/": ("go_back", require_http_methods(["GET", "POST"])(self.go_back)),
        }
        wrap = self.admin_site.admin_view
        ours = [
            path(address, wrap(never_cache(view)), name=f"visualsearch_network_{name}")
            for address, (name, view) in pages.items()
        ]
        return [*ours, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        network = kwargs.get("obj")
        if network is not None:
            context |= {"candidate": comparisons.candidate(network, timezone.now()), "may_swap": _may_swap(request)}
        return super().render_change_form(request, context, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        before = comparisons.previous() if _may_swap(request) else None
        return super().changelist_view(request, {**(extra_context or {}), "go_back_to": before})

    def progress(self, request: HttpRequest, key: int) -> HttpResponse:
        """Show how far the network has come, for htmx; once there is nothing to wait for, the page loads again."""
        _require(request, SEE)
        found = comparisons.candidate(get_object_or_404(Network, pk=key), timezone.now())
        response = render(request, "admin/visualsearch/network/_progress.html", {"candidate": found})
        if not found.is_running and not found.obstacle:
            response.headers["HX-Refresh"] = "true"
        return response

    def compare(self, request: HttpRequest, key: int) -> HttpResponse:
        """Start to compare the network with the live one."""
        _require(request, SWAP)
        network = get_object_or_404(Network, pk=key)
        try:
            row = comparisons.ask(network, str(request.user), timezone.now())
        except (NetworkRefused, BadCard) as error:
            messages.error(request, str(error))
        else:
            tasks.compare_networks.delay(row.pk)
            messages.success(request, _("The networks are being compared. This takes up to a few minutes."))
        return redirect("admin:visualsearch_network_change", key)

    def go_live(self, request: HttpRequest, key: int) -> HttpResponse:
        """Ask before the network goes live, with the figures; then make it live."""
        _require(request, SWAP)
        network = get_object_or_404(Network, pk=key)
        if request.method == "GET":
            found = comparisons.candidate(network, timezone.now())
            return self._page(request, "go_live.html", _("Go live?"), network, {"candidate": found})
        try:
            live = serving.live()
            comparisons.go_live(network, str(request.user), timezone.now())
        except (NetworkRefused, BadCard) as error:
            messages.error(request, str(error))
            return redirect("admin:visualsearch_network_change", key)
        tasks.sweep_embeddings.delay()  # builds its index, if no sweep has since it was filled
        self.log_change(request, network, _("Went live, replacing %(network)s.") % {"network": live.identity})
        messages.success(request, _("%(network)s is live.") % {"network": network.identity})
        return redirect("admin:visualsearch_network_changelist")

    def go_back(self, request: HttpRequest) -> HttpResponse:
        """Ask before the previous network goes live again; then make it live."""
        _require(request, SWAP)
        before, newest = comparisons.previous(), serving.newest_activation()
        if before is None or newest is None:
            messages.error(request, _("There is no earlier network to go back to."))
            return redirect("admin:visualsearch_network_changelist")
        if request.method == "GET":
            context = {"before": before.network, "newest": newest}
            return self._page(request, "go_back.html", _("Go back?"), before.network, context)
        seen = request.POST.get("seen", "")
        try:
            row = comparisons.go_back(int(seen) if seen.isdecimal() and len(seen) < 20 else 0, str(request.user))
        except NetworkRefused as error:
            messages.error(request, str(error))
        else:
            text = _("Live again, replacing %(network)s.") % {"network": newest.network.identity}
            self.log_change(request, row.network, text)
            messages.success(request, _("%(network)s is live again.") % {"network": row.network.identity})
        return redirect("admin:visualsearch_network_changelist")

    def _page(
        self, request: HttpRequest, template: str, title: str, network: Model, context: dict[str, Any]
    ) -> HttpResponse:
        everywhere = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, "network": network}
        return render(request, f"admin/visualsearch/network/{template}", everywhere | context)


def _may_swap(request: HttpRequest) -> bool:
    return request.user.has_perm(SWAP)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied
