"""What people say to each other about a campaign. A comment changes nothing and is never changed."""

from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Role, User
from b2shift.lib.api import Refused
from campaigns.models import Campaign, CampaignComment

MAY_COMMENT = frozenset({Role.MANAGER, Role.ADMIN, Role.ANALYST, Role.SUCCESS, Role.EXECUTIVE})
LONGEST = 2000


def add(campaign: Campaign, author: User, text: str) -> CampaignComment:
    """Keep a comment; raises ``Refused`` for an empty or over-long one and for roles that only carry campaigns out."""
    text = text.replace("\x00", "").strip()
    if author.role not in MAY_COMMENT or not author.is_active:
        raise Refused("not_allowed", _("Your role does not allow this step."))
    if not text:
        raise Refused("comment_missing", _("Write your comment first."))
    if len(text) > LONGEST:
        raise Refused(
            "comment_too_long", _("The comment is too long: at most %(most)s characters.") % {"most": LONGEST}
        )
    made = CampaignComment.objects.create(campaign=campaign, author=author, text=text)
    audit.record(author, "campaign.comment", campaign, campaign.title, comment=made.pk)
    return made
