from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.views import (
    certificates,
    holdings,
    people,
    people_factor,
    personal,
    pickers,
    second_factor,
    sign_in,
    units,
)

app_name = "accounts"
urlpatterns = [
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("me/", sign_in.MyPage.as_view(), name="me"),
    path("me/password/", sign_in.ChangeOwnPassword.as_view(), name="change_password"),
    path("sign-in/code/", second_factor.CodePage.as_view(), name="second_factor"),
    path("me/second-factor/", second_factor.MySecondFactorPage.as_view(), name="my_second_factor"),
    path("me/second-factor/confirm/", second_factor.ConfirmPage.as_view(), name="confirm_second_factor"),
    path("me/second-factor/remove/", second_factor.RemovePage.as_view(), name="remove_second_factor"),
    path("me/second-factor/recovery-codes/", second_factor.RecoveryCodesPage.as_view(), name="recovery_codes"),
    path("people/", people.PeopleListPage.as_view(), name="people"),
    path("people/new/", people.CreateUserPage.as_view(), name="create_user"),
    path("people/find/", personal.FindPersonPage.as_view(), name="find_person"),
    path("people/<uuid:public_id>/", people.PersonPage.as_view(), name="person"),
    path("people/<uuid:public_id>/change/", people.ChangeUserPage.as_view(), name="change_user"),
    path("people/<uuid:public_id>/deactivate/", people.DeactivateUserPage.as_view(), name="deactivate_user"),
    path("people/<uuid:public_id>/reactivate/", people.ReactivateUserPage.as_view(), name="reactivate_user"),
    path("people/<uuid:public_id>/password/", people.SetPasswordPage.as_view(), name="set_password"),
    path("people/<uuid:public_id>/details/", personal.ChangeDetailsPage.as_view(), name="change_details"),
    path("people/<uuid:public_id>/details/reveal/", personal.RevealDetailsPage.as_view(), name="reveal_details"),
    path("people/<uuid:public_id>/password/approve/", people.ApprovePasswordPage.as_view(), name="approve_password"),
    path("people/<uuid:public_id>/second-factor/reset/", people_factor.ProposeResetPage.as_view(), name="reset_factor"),
    path(
        "people/<uuid:public_id>/second-factor/approve/", people_factor.ApproveResetPage.as_view(), name="approve_reset"
    ),
    path("people/<uuid:public_id>/unlock/", people.UnlockPage.as_view(), name="unlock"),
    path("people/<uuid:public_id>/memberships/new/", holdings.AddMembershipPage.as_view(), name="add_membership"),
    path("people/<uuid:public_id>/grants/new/", holdings.GrantAreaPage.as_view(), name="grant_area"),
    path("memberships/<uuid:public_id>/end/", holdings.EndMembershipPage.as_view(), name="end_membership"),
    path("grants/<uuid:public_id>/end/", holdings.EndGrantPage.as_view(), name="end_grant"),
    path("units/", units.UnitListPage.as_view(), name="units"),
    path("units/new/", units.CreateUnitPage.as_view(), name="create_unit"),
    path("units/<uuid:public_id>/", units.UnitPage.as_view(), name="unit"),
    path("units/<uuid:public_id>/change/", units.ChangeUnitPage.as_view(), name="change_unit"),
    path("units/<uuid:public_id>/close/", units.CloseUnitPage.as_view(), name="close_unit"),
    path("certificates/", certificates.CertificateListPage.as_view(), name="certificates"),
    path("certificates/new/", certificates.RecordCertificatePage.as_view(), name="record_certificate"),
    path("certificates/<uuid:public_id>/", certificates.CertificatePage.as_view(), name="certificate"),
    path(
        "certificates/<uuid:public_id>/files/<uuid:attachment_id>/",
        certificates.CertificateFilePage.as_view(),
        name="certificate_file",
    ),
    path(
        "certificates/<uuid:public_id>/withdraw/",
        certificates.WithdrawCertificatePage.as_view(),
        name="withdraw_certificate",
    ),
    path(
        "certificates/<uuid:public_id>/reveal/",
        certificates.RevealCertificatePage.as_view(),
        name="reveal_certificate",
    ),
    path("pickers/areas/", pickers.AreaPicker.as_view(), name="area_picker"),
    path("pickers/units/", pickers.UnitPicker.as_view(), name="unit_picker"),
    path("pickers/people/", pickers.UserPicker.as_view(), name="user_picker"),
]
