// Where the phone is, for a form that notes it: asked once, told in words, and never in the way of sending the form.
const LIMITS = { enableHighAccuracy: true, timeout: 20_000, maximumAge: 30_000 };

export function startLocate() {
  for (const place of document.querySelectorAll("[data-locate]")) locate(place);
}

function locate(place) {
  const form = place.closest("form");
  const words = place.querySelector("[data-words]");
  const again = place.querySelector("button");
  const tell = (word, told = {}) => {
    place.dataset.state = word;
    words.textContent = Object.entries(told).reduce(
      (text, [name, value]) => text.replace(`{${name}}`, value),
      place.dataset[word],
    );
    again.hidden = word === "asking";
  };
  place.hidden = false;
  again.addEventListener("click", ask);
  if (navigator.geolocation) ask();
  else tell("none");

  function ask() {
    tell("asking");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.latitude.value = coords.latitude.toFixed(6);
        form.elements.longitude.value = coords.longitude.toFixed(6);
        form.elements.accuracy_m.value = Math.ceil(coords.accuracy);
        tell("known", { metres: Math.ceil(coords.accuracy) });
      },
      (error) => tell(error.code === error.PERMISSION_DENIED ? "denied" : "none"),
      LIMITS,
    );
  }
}
