"""List prices in US dollars, before any group multiplier or recharge bonus. Checked 2026-11-22."""

from decimal import Decimal
from typing import Final

from darkroom.catalog.spec import FlatPrice, TokenPrice

QUOTA_UNIT_USD: Final = Decimal("0.000002")
"""Smallest amount that the gateway's ledger knows: 500,000 quota units are one dollar."""

GPT_IMAGE_2: Final = TokenPrice(
    # OpenAI's list prices, which the gateway passes on unchanged (docs.apiyi.com gpt-image-2 overview, 2026-11).
    text_in=Decimal(5),
    image_in=Decimal(8),
    image_out=Decimal(30),
    # Grids of the calculator in OpenAI's image guide; agree with figures measured 2026-04-28 and 2026-09-09.
    grid={"low": 16, "medium": 48, "high": 96},
)

GPT_IMAGE_2_ALL: Final = FlatPrice(usd_per_call=Decimal("0.03"))
"""docs.apiyi.com, comparison page of the three models, 2026-05/06; unchanged on 2026-11-22."""

GPT_IMAGE_2_VIP: Final = FlatPrice(usd_per_call=Decimal("0.03"))
"""The same page: one price for every size, 4K included."""
