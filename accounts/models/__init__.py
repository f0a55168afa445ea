from accounts.models.areas import Area
from accounts.models.certificates import Certificate, CertificateRule
from accounts.models.factors import FactorResetProposal, RecoveryCode, SecondFactor
from accounts.models.invitations import Invitation
from accounts.models.machines import AccessToken, ApiClient, ClientSecret
from accounts.models.passwords import FormerPassword
from accounts.models.people import AreaGrant, Membership, User
from accounts.models.personal import PersonalDetails
from accounts.models.proposals import PasswordProposal
from accounts.models.sessions import OpenSession
from accounts.models.units import Unit

__all__ = [
    "AccessToken",
    "ApiClient",
    "Area",
    "AreaGrant",
    "Certificate",
    "CertificateRule",
    "ClientSecret",
    "FactorResetProposal",
    "FormerPassword",
    "Invitation",
    "Membership",
    "OpenSession",
    "PasswordProposal",
    "PersonalDetails",
    "RecoveryCode",
    "SecondFactor",
    "Unit",
    "User",
]
