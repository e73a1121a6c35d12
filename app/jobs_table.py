"""Every kind of job with the function that does it, and every kind that comes due by itself."""

from __future__ import annotations

from datetime import timedelta

from app.jobs.worker import Periodic

HANDLERS: dict[str, str] = {
    "mail.send": "app.mail.sending:send",
    "mail.erase": "app.mail.sending:erase_bodies",
    "accounts.check_people": "app.accounts.jobs:check_people",
    "accounts.apply_people": "app.accounts.jobs:apply_people",
    "accounts.tidy": "app.accounts.jobs:tidy",
    "circles.match": "circles.jobs:search",
    "circles.what_if": "circles.jobs:what_if_costs",
    "circles.find_problems": "circles.jobs:find_contradictions",
    "circles.check_people": "circles.jobs:check_people",
    "circles.import_people": "circles.jobs:import_people",
    "circles.write_mails": "circles.jobs:write_mails",
    "scheduling.horizon": "scheduling.jobs:extend_horizon",
    "scheduling.end_seasons": "scheduling.jobs:end_seasons",
    "scheduling.tell_changes": "scheduling.jobs:tell_changes",
    "scheduling.follow_zones": "scheduling.jobs:follow_zones",
    "scheduling.poll_reminders": "scheduling.poll_jobs:remind",
    "scheduling.reminders": "scheduling.reminder_jobs:send_due",
    "scheduling.digests": "scheduling.reminder_jobs:send_digests",
    "scheduling.poll_inbox": "scheduling.reply_jobs:poll_inbox",
    "scheduling.forget_incoming": "scheduling.reply_jobs:forget_incoming",
    "guides.tell_managers": "guides.walk.jobs:tell_managers",
    "guides.managers_after": "guides.walk.jobs:tell_managers_of_finished",
    "guides.forget_texts": "guides.walk.jobs:forget_texts",
    "guides.publish_circle": "guides.walk.jobs:publish_circle",
    "guides.tell_unplaced": "guides.walk.jobs:tell_unplaced",
    "practices.document": "practices.jobs:make_document",
    "practices.page_pdf": "practices.jobs:make_page_pdf",
    "practices.report": "practices.jobs:make_report",
    "practices.follow_ups": "practices.jobs:ask_follow_ups",
}

PERIODIC: tuple[Periodic, ...] = (
    Periodic("mail.erase", timedelta(hours=6)),
    Periodic("accounts.tidy", timedelta(hours=6)),
    Periodic("scheduling.horizon", timedelta(minutes=15)),
    Periodic("scheduling.end_seasons", timedelta(minutes=5)),
    Periodic("scheduling.follow_zones", timedelta(days=1)),
    Periodic("scheduling.poll_reminders", timedelta(minutes=30)),
    Periodic("scheduling.reminders", timedelta(minutes=5)),
    Periodic("scheduling.digests", timedelta(minutes=15)),
    Periodic("scheduling.poll_inbox", timedelta(minutes=1)),
    Periodic("scheduling.forget_incoming", timedelta(days=1)),
    Periodic("guides.managers_after", timedelta(hours=1)),
    Periodic("guides.forget_texts", timedelta(days=1)),
    Periodic("practices.follow_ups", timedelta(hours=1)),
)
