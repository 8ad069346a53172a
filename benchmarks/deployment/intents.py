"""The intents of the scenario, and which of them are taken for one another."""

from __future__ import annotations

from pioneer.bench.adaptft.presets import CONFUSABLE as INTENTS

__all__ = ["CONFUSED", "INTENTS"]

CONFUSED = {
    "change_language": "translate", "rollover_401k": "transfer", "maybe": "no",
    "flight_status": "time", "replacement_card_duration": "time", "fun_fact": "maybe",
    "change_user_name": "what_can_i_ask_you", "todo_list_update": "todo_list",
    "shopping_list_update": "shopping_list", "pto_used": "pto_balance", "order": "shopping_list",
    "restaurant_suggestion": "meal_suggestion", "greeting": "goodbye",
    "rewards_balance": "redeem_rewards", "oil_change_when": "last_maintenance",
    "user_name": "change_ai_name", "timezone": "time",
}  # fmt: skip
"""What a user who corrects wrongly says instead; both ways round, and else another at random."""
