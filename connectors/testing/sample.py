"""The small plan that every connector is tried with: an awkward name, an empty event, a few constraints."""

from __future__ import annotations

from mappings.canonical.kinds import JSON

SAMPLE: dict[str, JSON] = {
    "name": "Conformance",
    "events": {
        "Order Completed": {
            "description": "Buyer confirms the order.",
            "category": "Checkout",
            "tags": ["core", "revenue"],
            "owners": ["dana@example.com"],
            "properties": {
                "order_id": {"type": "string", "required": True, "description": "Our own number."},
                "total": {"type": "number", "minimum": 0, "description": "In the order's currency."},
                "currency": {"type": "string", "enum": ["EUR", "USD"]},
            },
        },
        "Cart/Viewed 50%": {
            "description": "A name with a slash, a space and a percent sign.",
            "properties": {"items": {"type": "array", "items": {"type": "string"}}, "currency": {"type": "string"}},
        },
        "Signed Up": {"description": "", "properties": {}},
    },
    "user_properties": {"plan_tier": {"type": "string", "description": "Billing plan."}},
}
