"""The intents, named once: those that the issue of the paper names, then the pairs that a frozen
MiniLM confuses most (nearest centre of 15 train rows, asked on 15 others), until there are 30."""

from __future__ import annotations

INTENTS = (
    "change_ai_name", "change_language", "change_user_name", "flight_status", "fun_fact",
    "goodbye", "greeting", "last_maintenance", "maybe", "meal_suggestion", "no",
    "oil_change_when", "order", "pto_balance", "pto_used", "redeem_rewards",
    "replacement_card_duration", "restaurant_suggestion", "rewards_balance", "rollover_401k",
    "shopping_list", "shopping_list_update", "time", "timezone", "todo_list",
    "todo_list_update", "transfer", "translate", "user_name", "what_can_i_ask_you",
)  # fmt: skip

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
