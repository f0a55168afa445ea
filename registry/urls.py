from django.urls import path

from registry.views import bulk, changes, climate, documents, efile, lists, quality, search, signal
from registry.views import map as map_pages

app_name = "registry"
urlpatterns = [
    path("", lists.ElevatorListPage.as_view(), name="elevators"),
    path("search/", search.SearchPage.as_view(), name="search"),
    path("search/suggestions/", search.SuggestionsPage.as_view(), name="suggestions"),
    path("new/", changes.CreateElevatorPage.as_view(), name="create_elevator"),
    path("bulk/", bulk.BulkChangePage.as_view(), name="bulk_change"),
    path("pickers/sites/", lists.SitePicker.as_view(), name="site_picker"),
    path("map/", map_pages.MapPage.as_view(), name="map"),
    path("map/clusters/", map_pages.MapClusters.as_view(), name="map_clusters"),
    path("map/place/", map_pages.MapPlace.as_view(), name="map_place"),
    path("quality/", quality.DataIssueListPage.as_view(), name="data_issues"),
    path("quality/scores/", quality.QualityScorePage.as_view(), name="quality_scores"),
    path("quality/spellings/", quality.SpellingsPage.as_view(), name="spellings"),
    path("quality/<uuid:public_id>/accept/", quality.AcceptIssuePage.as_view(), name="accept_data_issue"),
    path("responsibilities/<uuid:public_id>/end/", changes.EndResponsibilityPage.as_view(), name="end_responsibility"),
    path("documents/<uuid:public_id>/", documents.DocumentPage.as_view(), name="document"),
    path("documents/<uuid:public_id>/replace/", documents.ReplaceDocumentPage.as_view(), name="replace_document"),
    path("documents/<uuid:public_id>/withdraw/", documents.WithdrawDocumentPage.as_view(), name="withdraw_document"),
    path(
        "documents/<uuid:public_id>/files/<uuid:attachment_id>/",
        documents.DocumentFilePage.as_view(),
        name="document_file",
    ),
    path("<uuid:public_id>/climate/", climate.ClimatePage.as_view(), name="climate"),
    path("<uuid:public_id>/climate/new/", climate.RecordClimatePage.as_view(), name="record_climate"),
    path("<uuid:public_id>/signal/", signal.SignalPage.as_view(), name="car_signal"),
    path("<uuid:public_id>/signal/new/", signal.RecordSignalPage.as_view(), name="record_signal"),
    path("<uuid:public_id>/documents/", documents.DocumentsPage.as_view(), name="documents"),
    path("<uuid:public_id>/documents/all/", documents.DocumentListPage.as_view(), name="document_list"),
    path("<uuid:public_id>/documents/new/", documents.FileDocumentPage.as_view(), name="file_document"),
    path("<uuid:public_id>/", efile.ElevatorPage.as_view(), name="elevator"),
    path("<uuid:public_id>/change/", changes.ChangeElevatorPage.as_view(), name="change_elevator"),
    path("<uuid:public_id>/assign/", changes.AssignResponsibilityPage.as_view(), name="assign_responsibility"),
]
