from django.urls import path

from portal.views import complaints, home, plate, scan

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("theme/", home.theme, name="theme"),
    path("scan/", scan.ScanPage.as_view(), name="scan"),
    path("gallery/", home.gallery, name="gallery"),
    # WeChat's check file first: it lies in the folder of the links that a mini program takes over
    path("e/<str:name>.txt", plate.check_file, name="check_file"),
    path("e/", plate.type_code, name="type_code"),
    path("e/<str:text>", plate.plate, name="plate"),
    path("e/<str:text>/", plate.plate, name="plate_slash"),
    path("e/<str:text>/complain/", complaints.complain, name="complain"),
    path("c/", complaints.find, name="find_complaint"),
    path("c/<str:number>/", complaints.complaint, name="complaint"),
]
