"""The tables of trigger; every primary key begins with its aggregate's id."""

from sqlalchemy import Boolean, Column, Date, DateTime, Index, Integer, LargeBinary, MetaData, String, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.trigger.store.columns import moment

metadata = MetaData()


# Who may send orders: one row a platform.
platforms = Table(
    "platforms",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("kinds", JSONB, nullable=False),
    Column("callback_url", Text, nullable=False),
    Column("sla_days", Integer, nullable=False),
    Column("open311", Boolean, nullable=False),
    moment("created_at"),
    Column("created_by", Text, nullable=False),
    Column("rate", Integer, nullable=False, server_default="50"),  # requests a second that it may send
    Column("burst", Integer, nullable=False, server_default="200"),  # requests that it may send at once
    Column("sla", JSONB, nullable=False, server_default="{}"),  # clock → kind → working days, where not sla_days
)

# The keys a platform signs with; at most two not revoked. Revoked ones stay, so that one sees when.
platform_keys = Table(
    "platform_keys",
    metadata,
    Column("code", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    moment("created_at"),
    Column("created_by", Text, nullable=False),
    moment("revoked_at", nullable=True),
)

# Nonces seen within the time in which a signature is good; older ones are swept away.
nonces = Table(
    "nonces",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("nonce", Text, primary_key=True),
    moment("seen_at"),
    Index("nonces_by_age", "seen_at"),
)

# As indexes say it: written in another way, or with parameters, PostgreSQL would not see that they fit.
NOT_WITHDRAWN = text("signals.state <> 'withdrawn'")
DECIDED_LATE = text("signals.decided_at >= timezone('Asia/Shanghai', (signals.due + 1)::timestamp)")
URGED = text("signals.urge_count > 0")
OTHER_DOOR = text("signals.came_by <> 'order'")

# One row a complaint, referral, … as received; nothing in it is protected.
signals = Table(
    "signals",
    metadata,
    Column("signal_id", Text, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("category_path", JSONB, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("supervised", Boolean, nullable=False),
    Column("county", String(6), nullable=False),
    Column("employer_name", Text, nullable=False),
    Column("employer_uscc", Text, nullable=False),
    Column("employer_key", Text, nullable=False),
    moment("accepted_at"),
    moment("received_at"),
    Column("due", Date, nullable=False),
    Column("due_provisional", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("uscc", Text, nullable=False),
    Column("industry", Text, nullable=False),
    Column("score", Integer),
    Column("reasons", JSONB, nullable=False),
    moment("decided_at", nullable=True),
    Column("content_mark", Text, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("complainant", Text, nullable=False, server_default=""),  # a keyed hash; never shown
    Column("flags", JSONB, nullable=False, server_default="[]"),  # kinds of severe words found at intake
    Column("matter_mark", Text, nullable=False, server_default=""),  # a keyed hash of the text, to know it again
    Column("attributes", JSONB, nullable=False, server_default="{}"),  # of the subject, as it was when matched
    Column("came_by", Text, nullable=False, server_default="system"),  # by which door, domain/entry.py
    moment("erased_at", nullable=True),  # what was protected of it is gone
    Column("urge_count", Integer, nullable=False, server_default="0"),
    Column("reopened", Integer, nullable=False, server_default="0"),  # how often the complainant was not satisfied
    Column("revisit", Text, nullable=False, server_default=""),  # the latest 回访
    moment("revisited_at", nullable=True),
    Column("review_due", Date),  # while a review is open: the day of the earliest
    Index("signals_in_review", "review_due", postgresql_where=text("review_due is not null")),
    Index("signals_by_due", "due", "platform", "county"),
    Index("signals_late", "due", "platform", "county", postgresql_where=NOT_WITHDRAWN & DECIDED_LATE),
    Index("signals_supervised", "county", postgresql_where=text("supervised")),
    Index("signals_urged", "county", postgresql_where=URGED),
    Index("signals_by_door", "came_by", "county", postgresql_where=OTHER_DOOR),
    Index("signals_by_arrival", text("received_at desc"), "signal_id"),
    Index("signals_by_order", "order_id", postgresql_ops={"order_id": "text_pattern_ops"}),  # its beginning is enough
    Index("signals_counted", "county", "state", "source", "category"),  # the overview reads nothing else
    Index("signals_waiting", "state", "employer_key"),
    Index("signals_waiting_code", "state", "employer_uscc"),
    Index("signals_by_group", "county", "category", "accepted_at"),
    Index("signals_by_subject", "uscc", "accepted_at"),
)

# Protected fields, one by one, encrypted.
signal_fields = Table(
    "signal_fields",
    metadata,
    Column("signal_id", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# What the platform sent again under the same order id with another content, encrypted whole.
signal_messages = Table(
    "signal_messages",
    metadata,
    Column("signal_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    moment("received_at"),
    Column("content_mark", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

signal_history = Table(
    "signal_history",
    metadata,
    Column("signal_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    moment("at"),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
)

# Who read protected text, when and what for.
secret_views = Table(
    "secret_views",
    metadata,
    Column("signal_id", Text, primary_key=True),
    Column("view_id", Text, primary_key=True),
    moment("viewed_at"),
    Column("account_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("fields", JSONB, nullable=False, server_default="[]"),  # names of what was shown
    Index("secret_views_by_time", "viewed_at"),
)

# Subjects as registry last told them.
subjects = Table(
    "subjects",
    metadata,
    Column("uscc", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("industry", Text, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("scale", Text, nullable=False),
    Column("credit_class", Text, nullable=False),
    Column("enterprise_type", Text, nullable=False),
    Column("headcount", Integer, nullable=False),
    Column("insured_headcount", Integer, nullable=False),
    Column("address", Text, nullable=False, server_default=""),
    Column("sound_key", Text, nullable=False, server_default=""),
    Column("grams", ARRAY(Integer), nullable=False, server_default="{}"),
    Column("keyed", Integer, nullable=False, server_default="0"),  # the version of name_key, sound_key and grams
    Column("integrity_grade", Text, nullable=False, server_default=""),  # for the risk view; rules do not ask for it
    Index("subjects_by_key", "name_key"),
    Index("subjects_by_sound", "sound_key"),
    Index("subjects_by_grams", "grams", postgresql_using="gin"),
    Index("subjects_by_keys", "keyed"),
    Index("subjects_by_county", "county"),
)

rules = Table(
    "rules",
    metadata,
    Column("rule_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("active", Boolean, nullable=False),
    Column("document", JSONB, nullable=False),
    Column("article", Text, nullable=False),
    moment("created_at"),
    Column("author", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    moment("approved_at", nullable=True),
    Column("text", Text, nullable=False, server_default=""),  # as it was written, comments and all
    moment("counted_from", nullable=True),  # signals accepted since then stand in rule_facts
)

# What one version of a rule counts, by group: a signal is written here once, and never recounted from all signals.
rule_facts = Table(
    "rule_facts",
    metadata,
    Column("rule_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("group_key", Text, primary_key=True),
    Column("accepted_at", DateTime(timezone=True), primary_key=True),
    Column("signal_id", Text, primary_key=True),
    Column("county", String(6), nullable=False),
    Column("letter", Text, nullable=False),
    Column("uscc", Text, nullable=False),
    Column("complainant", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("points", Integer, nullable=False),
    Index("rule_facts_by_county", "rule_id", "version", "county", "accepted_at"),
    Index("rule_facts_by_letter", "rule_id", "version", "letter", "accepted_at"),
)

# When each group fired by event time, as all signals known today say; `triggers` keeps what was announced at the time.
rule_firings = Table(
    "rule_firings",
    metadata,
    Column("rule_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("group_key", Text, primary_key=True),
    Column("trigger_id", Text, primary_key=True),
    moment("moment"),
    Column("signal_id", Text, nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("announced", Boolean, nullable=False),
    Column("inherited", Boolean, nullable=False),
    Index("rule_firings_by_trigger", "trigger_id"),
)

# A version of a rule tried on the stored history, in the background.
back_tests = Table(
    "back_tests",
    metadata,
    Column("back_test_id", Text, primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    moment("asked_at"),
    Column("asked_by", Text, nullable=False),
    Column("asked_name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    moment("claimed_until", nullable=True),
    Column("attempts", Integer, nullable=False),
    moment("started_at", nullable=True),
    moment("finished_at", nullable=True),
    Column("first_day", Date),
    Column("last_day", Date),
    Column("summary", JSONB, nullable=False),
    Index("back_tests_by_rule", "rule_id", "version", "asked_at"),
    Index("back_tests_waiting", "state", "asked_at"),
)
back_test_firings = Table(
    "back_test_firings",
    metadata,
    Column("back_test_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("compared", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("letter", Text, nullable=False),
    moment("moment"),
    Column("signals", Integer, nullable=False),
    Column("subjects", Integer, nullable=False),
    Column("complainants", Integer, nullable=False),
    Column("points", Integer, nullable=False),
    Column("usccs", JSONB, nullable=False),
    Column("trigger_id", Text, nullable=False),
    moment("actual_at", nullable=True),
)

triggers = Table(
    "triggers",
    metadata,
    Column("trigger_id", Text, primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("rule_name", Text, nullable=False),
    Column("article", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("group_key", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("reason", Text, nullable=False),
    Column("signal_count", Integer, nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("mode", Text, nullable=False),
    Column("filter", JSONB, nullable=False),
    Column("item_categories", JSONB, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("finish_by", Date, nullable=False),
    moment("fired_at"),
    Column("plan_id", Text, nullable=False),
    Column("plan_name", Text, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Index("triggers_by_group", "rule_id", "group_key", "fired_at"),
)

# Which signals made it fire (part: cause), and which came while it rested (part: joined) and share its answers.
trigger_signals = Table(
    "trigger_signals",
    metadata,
    Column("trigger_id", Text, primary_key=True),
    Column("signal_id", Text, primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("round", Integer, nullable=False, server_default="0"),  # which review made it join, if one did
    Index("trigger_signals_by_signal", "signal_id", "rule_id"),
)

# What has been heard of the draws and cases that followed from a trigger.
trigger_draws = Table(
    "trigger_draws",
    metadata,
    Column("trigger_id", Text, primary_key=True),
    Column("draw_id", Text, primary_key=True),
    Column("drawn", Integer, nullable=False),
)
trigger_cases = Table(
    "trigger_cases",
    metadata,
    Column("trigger_id", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("draw_id", Text, nullable=False),
    Column("uscc", Text, nullable=False),
    Column("subject_result", Text, nullable=False),
    Column("published", Boolean, nullable=False),
)

# What goes back to the platform: one a stage and round, in order; round 0 is before any review.
answers = Table(
    "answers",
    metadata,
    Column("signal_id", Text, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("answer_id", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("text", Text, nullable=False),
    Column("state", Text, nullable=False),
    moment("created_at"),
    Column("attempts", Integer, nullable=False),
    moment("next_attempt_at", nullable=True),
    moment("sent_at", nullable=True),
    Column("last_error", Text, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Index("answers_waiting", "state", "next_attempt_at"),
    Index("answers_by_platform", "platform", "state", "next_attempt_at"),
    Index("answers_by_time", "created_at"),
)
# Who sent an answer again by hand.
answer_replays = Table(
    "answer_replays",
    metadata,
    Column("signal_id", Text, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("replay_id", Text, primary_key=True),
    moment("at"),
    Column("who", Text, nullable=False),
)
