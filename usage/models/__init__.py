"""The tables of usage, by subject; import them from here."""

from usage.models.analyses import CallAnalysis
from usage.models.annotations import CallNote, CallShare, CallTag
from usage.models.attempts import MissedNotice, WaitingCaller, WebhookAttempt
from usage.models.calls import Call, FlightRecord, LiveState, Recording, Turn
from usage.models.dead_letters import DeadLetter
from usage.models.erasures import Erasure
from usage.models.hooks import HookDelivery, HookEndpoint
from usage.models.ledger import CarrierBill, LedgerEntry, Price, PriceBook, UsageFact, WriteOnce
from usage.models.messages import Message
from usage.models.outbox import Outbox
from usage.models.plans import (
    BillingAddress,
    BillingHouse,
    CallRules,
    Invoice,
    MeterReport,
    Plan,
    PlanChange,
    Quota,
    QuotaNotice,
    StripeCustomer,
)
from usage.models.questions import UnansweredQuestion
from usage.models.saved_views import SavedView
from usage.models.sums import (
    AttemptDay,
    CallDay,
    CallHour,
    LedgerProof,
    UsageDay,
    UsageMonth,
    WeeklyDigest,
)
from usage.models.transfers import Transfer

__all__ = [
    "AttemptDay",
    "BillingAddress",
    "BillingHouse",
    "Call",
    "CallAnalysis",
    "CallDay",
    "CallHour",
    "CallNote",
    "CallRules",
    "CallShare",
    "CallTag",
    "CarrierBill",
    "DeadLetter",
    "Erasure",
    "FlightRecord",
    "HookDelivery",
    "HookEndpoint",
    "Invoice",
    "LedgerEntry",
    "LedgerProof",
    "LiveState",
    "Message",
    "MeterReport",
    "MissedNotice",
    "Outbox",
    "Plan",
    "PlanChange",
    "Price",
    "PriceBook",
    "Quota",
    "QuotaNotice",
    "Recording",
    "SavedView",
    "StripeCustomer",
    "Transfer",
    "Turn",
    "UnansweredQuestion",
    "UsageDay",
    "UsageFact",
    "UsageMonth",
    "WaitingCaller",
    "WebhookAttempt",
    "WeeklyDigest",
    "WriteOnce",
]
