"""A form that asks for a number of pieces of each line of an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from shop.orders.models import Order


class PiecesForm(forms.Form):
    """A number of pieces for each line of the order, none where nothing is said."""

    def __init__(self, *args: Any, left: Mapping[int, int], order: Order, fill: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pieces = [line.pk for line in order.lines.all() if left.get(line.pk)]
        for line in order.lines.all():
            if left.get(line.pk):
                label = " ".join(filter(None, [line.title, line.options, f"({line.sku})"]))
                self.fields[f"pieces-{line.pk}"] = forms.IntegerField(
                    label=label,
                    required=False,
                    min_value=0,
                    max_value=left[line.pk],
                    initial=left[line.pk] if fill else 0,
                )

    @property
    def quantities(self) -> dict[int, int]:
        """Pieces by line; only what is above none."""
        said = {key: self.cleaned_data.get(f"pieces-{key}") or 0 for key in self.pieces}
        return {key: pieces for key, pieces in said.items() if pieces}
