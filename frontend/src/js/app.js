// Everything here makes a working page quicker; no page needs it.
import { startCalendar } from "./calendar.js";
import { startCopy } from "./copy.js";
import { startDrafts } from "./drafts.js";
import { startFiling } from "./filing.js";
import { startForms } from "./forms.js";
import { startKeys } from "./keys.js";
import { startKept } from "./kept.js";
import { startLive } from "./live.js";
import { startLocate } from "./locate.js";
import { startMap } from "./map.js";
import { startOverlays } from "./overlays.js";
import { startRows } from "./rows.js";
import { startSearch } from "./search.js";

startOverlays();
startKeys();
startRows();
startForms();
startCopy();
startLive();
startLocate();
startMap();
startSearch();
startCalendar();
startFiling();
startDrafts();
startKept();
