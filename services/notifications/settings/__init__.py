"""What a process of notifications must be told, besides what every service must."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from services.notifications.settings.mail import MailSettings
from services.notifications.settings.staff import StaffSettings
from services.notifications.settings.texts import TextSettings


class Settings(TextSettings, StaffSettings, MailSettings):
    """Beyond what every service is told: how mails and texts are sent, and who of staff is told."""

    model_config = SettingsConfigDict(env_prefix="NOTIFICATIONS_")
