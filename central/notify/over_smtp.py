"""E-mail by SMTP."""

import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.utils import format_datetime

from central.notify.channels import AnySettings, EmailSettings
from central.notify.delivery import DeliveryError, Parcel
from central.notify.reach import OutOfReachError

_PERMANENT = 500  # RFC 5321, 4.2.1: 5yz is a permanent negative reply


def email(settings: AnySettings, parcel: Parcel) -> None:
    """Hand the mail to the server; its acceptance for all recipients is a receipt."""
    assert isinstance(settings, EmailSettings)  # noqa: S101 - by the table of senders
    try:
        address = parcel.reach.address(settings.host, settings.port)
        with _connected(settings, address, parcel.timeout_s) as server:
            if settings.username is not None and settings.password is not None:
                server.login(settings.username, settings.password.get_secret_value())
            refused = server.send_message(mail(settings, parcel))
    except OutOfReachError as error:
        raise DeliveryError(str(error)) from error
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else ""
        final = error.smtp_code >= _PERMANENT
        raise DeliveryError(f"the mail server says {error.smtp_code} {said[:200]}", final=final) from None
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        final = all(code >= _PERMANENT for code in codes)
        raise DeliveryError(
            f"the mail server takes none of the recipients ({codes[0]})", final=final
        ) from None
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(f"{type(error).__name__}: {str(error)[:200]}") from None
    if refused:
        names = ", ".join(sorted(refused))
        raise DeliveryError(f"the mail server did not take the recipients {names}", final=True)


def mail(settings: EmailSettings, parcel: Parcel) -> EmailMessage:
    """The mail; a repeat has the same Message-ID, by which mailboxes drop it."""
    made = EmailMessage()
    made["From"] = settings.sender
    made["To"] = ", ".join(settings.recipients)
    made["Subject"] = parcel.text.subject
    made["Date"] = format_datetime(parcel.now)
    made["Message-ID"] = f"<{parcel.content.id}@{settings.sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice comes back
    made.set_content(parcel.text.body + "\n")
    return made


def _connected(settings: EmailSettings, address: str, timeout_s: float) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if settings.security == "tls":
        return _TlsServer(address, settings, timeout_s, context)
    server = _Server(address, settings, timeout_s)
    if settings.security == "starttls":
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()  # nobody else holds the line yet
            raise
    return server


class _Server(smtplib.SMTP):
    """Connects to the address that was checked, and speaks to the host by its name."""

    def __init__(self, address: str, settings: EmailSettings, timeout_s: float) -> None:
        self._address = address
        super().__init__(settings.host, settings.port, timeout=timeout_s)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002 - smtplib's
        return socket.create_connection((self._address, port), timeout)


class _TlsServer(smtplib.SMTP_SSL):
    """The same, with TLS from the start."""

    def __init__(
        self, address: str, settings: EmailSettings, timeout_s: float, context: ssl.SSLContext
    ) -> None:
        self._address = address
        self._shown_to = context
        self._name = settings.host
        super().__init__(settings.host, settings.port, timeout=timeout_s, context=context)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002 - smtplib's
        plain = socket.create_connection((self._address, port), timeout)
        return self._shown_to.wrap_socket(plain, server_hostname=self._name)
