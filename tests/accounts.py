"""The IDs of the accounts in the scenario `home`, in which most tests take place."""

from typing import Final

MATRIX: Final = "matrix"
WHATSAPP: Final = "local-whatsapp_ba_rG7f0Jc4mQ9zYw"
OTHER_WHATSAPP: Final = "local-whatsapp_ba_Zp3vN8uTe1sBdA"
TELEGRAM: Final = "local-telegram_ba_Kd83hsTq0aLwX2"
SIGNAL: Final = "local-signal_ba_Qe5tUo2iVb7nHc"
MESSAGES: Final = "gmessages"
SLACK: Final = "slackgo.T0EXAMPLE-U0ALICE"
DISCORD: Final = "discordgo"

RESTLESS: Final = (OTHER_WHATSAPP, TELEGRAM)
"""Accounts whose status changes by itself, because they are connecting or backfilling."""
