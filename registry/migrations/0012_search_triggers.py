"""What writes the search entries: functions of the database, called by triggers and by `manage.py rebuild_search`."""

from django.db import migrations

# The same as registry.rules.search.
FUNCTIONS = r"""
CREATE FUNCTION registry_search_spaced(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    btrim(regexp_replace(lower(normalize(left(given, 400), NFKC)),
        '[\s!-/:-@\[-`{-~·—–‘’“”、。《》【】「」『』〔〕・\u200b\ufeff]+', ' ', 'g'));

CREATE FUNCTION registry_search_fold(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    left(replace(registry_search_spaced(given), ' ', ''), 400);

-- pairs of characters, and Chinese characters alone; behind a mark every character alone
CREATE FUNCTION registry_search_grams(given text, mark text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (
    SELECT coalesce(array_agg(DISTINCT mark || gram), '{}')
    FROM (
        SELECT substr(given, place, 2) AS gram FROM generate_series(1, length(given) - 1) AS place
        UNION ALL
        SELECT letter FROM unnest(string_to_array(given, NULL)) AS letter WHERE letter COLLATE "C" >= '⺀'
    ) AS all_of_it
    WHERE gram !~ '[| ]'
);

-- {syllables apart, together in each reading, initials in each reading}: of the characters that are read in two ways
-- the first four are given the other reading, one at a time
CREATE FUNCTION registry_search_sound(given text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH letters AS MATERIALIZED (
        SELECT place, letter, coalesce(first, btrim(letter)) AS first, second, first IS NOT NULL AS chinese
        FROM unnest(string_to_array(left(registry_search_spaced(given), 160), NULL)) WITH ORDINALITY AS t(letter, place)
        LEFT JOIN registry_hanzi ON hanzi = letter
    ), turns AS (
        (SELECT 0 AS turn) UNION ALL
        (SELECT place FROM letters WHERE second IS NOT NULL ORDER BY place LIMIT 4)
    ), readings AS (
        SELECT turn,
               string_agg(CASE WHEN place = turn THEN second ELSE first END, '' ORDER BY place) AS together,
               string_agg(left(CASE WHEN place = turn THEN second ELSE first END, 1), '' ORDER BY place) AS initials
        FROM turns CROSS JOIN letters GROUP BY turn
    )
    SELECT ARRAY[
        coalesce((SELECT btrim(regexp_replace(string_agg(
            CASE WHEN chinese THEN ' ' || first || ' ' ELSE letter END, '' ORDER BY place), ' +', ' ', 'g'))
            FROM letters), ''),
        coalesce(string_agg(DISTINCT together, ' '), ''),
        coalesce(string_agg(DISTINCT ' ' || initials, ''), '')
    ] FROM readings
$$;

-- one entry: what the three writers below have in common
CREATE TYPE registry_search_words AS (name text, text text, sound text, initials text, grams text[]);
CREATE FUNCTION registry_search_words(heard text[], given text, VARIADIC more text[]) RETURNS registry_search_words
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT ROW(registry_search_fold(given), content.words, concat_ws(' ', heard[1], heard[2], heard[3]), heard[3],
        registry_search_grams(content.words, '') || registry_search_grams(heard[3], '~'))::registry_search_words
    FROM (SELECT registry_search_fold(given) || '|' || string_agg(registry_search_fold(part), '|') AS words
          FROM unnest(more) AS part) AS content
$$;

CREATE FUNCTION registry_search_sites(wanted bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO registry_searchentry
        (site_id, address, area_id, city_id, managing_district_id, place_type, name, text, sound, initials, grams)
    SELECT s.id, '', s.area_id, s.city_id, s.managing_district_id, s.place_type, w.*
    FROM registry_site s
    JOIN accounts_area a ON a.id = s.area_id
    LEFT JOIN accounts_area d ON d.id = s.managing_district_id
    LEFT JOIN accounts_area c ON c.id = s.city_id
    CROSS JOIN LATERAL registry_search_words(registry_search_sound(s.name), s.name,
        s.address, a.name, a.name_en, d.name, d.name_en, c.name, c.name_en) AS w
    WHERE s.id = ANY(wanted)
    ON CONFLICT (site_id) DO UPDATE SET area_id = excluded.area_id, city_id = excluded.city_id,
        managing_district_id = excluded.managing_district_id, place_type = excluded.place_type, name = excluded.name,
        text = excluded.text, sound = excluded.sound, initials = excluded.initials, grams = excluded.grams
$$;

CREATE FUNCTION registry_search_units(wanted bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO registry_searchentry
        (unit_id, address, area_id, city_id, managing_district_id, place_type, name, text, sound, initials, grams)
    SELECT u.id, '', u.area_id, coalesce(a.city_id, a.id), a.managing_district_id, '', w.*
    FROM accounts_unit u
    JOIN accounts_area a ON a.id = u.area_id
    CROSS JOIN LATERAL registry_search_words(registry_search_sound(u.name), u.name,
        u.credit_code, a.name, a.name_en) AS w
    WHERE u.id = ANY(wanted)
    ON CONFLICT (unit_id) DO UPDATE SET area_id = excluded.area_id, city_id = excluded.city_id,
        managing_district_id = excluded.managing_district_id, name = excluded.name,
        text = excluded.text, sound = excluded.sound, initials = excluded.initials, grams = excluded.grams
$$;

-- addresses of these elevators, but for those that their site has anyhow
CREATE FUNCTION registry_search_addresses(wanted bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO registry_searchentry
        (address, area_id, city_id, managing_district_id, place_type, name, text, sound, initials, grams)
    SELECT e.address, e.area_id, e.city_id, e.managing_district_id, '', w.*
    FROM (
        SELECT DISTINCT ON (x.address, x.area_id) x.address, x.area_id, x.city_id, x.managing_district_id
        FROM registry_elevator x LEFT JOIN registry_site s ON s.id = x.site_id
        WHERE x.id = ANY(wanted) AND x.address <> '' AND x.address IS DISTINCT FROM s.address
        ORDER BY x.address, x.area_id
    ) AS e
    JOIN accounts_area a ON a.id = e.area_id
    LEFT JOIN accounts_area d ON d.id = e.managing_district_id
    LEFT JOIN accounts_area c ON c.id = e.city_id
    CROSS JOIN LATERAL registry_search_words(registry_search_sound(e.address), e.address,
        a.name, a.name_en, d.name, d.name_en, c.name, c.name_en) AS w
    WHERE NOT EXISTS (
        SELECT FROM registry_searchentry known
        WHERE known.address = e.address AND known.area_id = e.area_id AND known.site_id IS NULL AND known.unit_id IS NULL
          AND known.city_id IS NOT DISTINCT FROM e.city_id
          AND known.managing_district_id IS NOT DISTINCT FROM e.managing_district_id AND known.text = w.text
    )
    ON CONFLICT (address, area_id) WHERE site_id IS NULL AND unit_id IS NULL
    DO UPDATE SET city_id = excluded.city_id, managing_district_id = excluded.managing_district_id,
        name = excluded.name, text = excluded.text, sound = excluded.sound, initials = excluded.initials,
        grams = excluded.grams
$$;
"""

TRIGGERS = """
CREATE FUNCTION registry_search_site_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM registry_searchentry WHERE site_id = OLD.id;
        RETURN OLD;
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM registry_search_sites(ARRAY[NEW.id]);
        IF NEW.address <> OLD.address THEN
            PERFORM registry_search_addresses(ARRAY(SELECT id FROM registry_elevator WHERE site_id = NEW.id));
        END IF;
    ELSE
        PERFORM registry_search_sites(ARRAY(SELECT id FROM written));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER site_found AFTER INSERT ON registry_site
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION registry_search_site_written();
CREATE TRIGGER site_found_again AFTER UPDATE ON registry_site FOR EACH ROW
    WHEN ((OLD.name, OLD.address, OLD.area_id, OLD.city_id, OLD.managing_district_id, OLD.place_type)
          IS DISTINCT FROM (NEW.name, NEW.address, NEW.area_id, NEW.city_id, NEW.managing_district_id, NEW.place_type))
    EXECUTE FUNCTION registry_search_site_written();
CREATE TRIGGER site_found_no_more BEFORE DELETE ON registry_site
    FOR EACH ROW EXECUTE FUNCTION registry_search_site_written();

CREATE FUNCTION registry_search_unit_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM registry_searchentry WHERE unit_id = OLD.id;
        RETURN OLD;
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM registry_search_units(ARRAY[NEW.id]);
    ELSE
        PERFORM registry_search_units(ARRAY(SELECT id FROM written));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER unit_found AFTER INSERT ON accounts_unit
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION registry_search_unit_written();
CREATE TRIGGER unit_found_again AFTER UPDATE ON accounts_unit FOR EACH ROW
    WHEN ((OLD.name, OLD.credit_code, OLD.area_id) IS DISTINCT FROM (NEW.name, NEW.credit_code, NEW.area_id))
    EXECUTE FUNCTION registry_search_unit_written();
CREATE TRIGGER unit_found_no_more BEFORE DELETE ON accounts_unit
    FOR EACH ROW EXECUTE FUNCTION registry_search_unit_written();

-- an address that no elevator has any more finds nothing and stays until the next rebuild
CREATE FUNCTION registry_search_elevator_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM registry_search_addresses(ARRAY[NEW.id]);
    ELSE
        PERFORM registry_search_addresses(ARRAY(SELECT id FROM written));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER elevator_found AFTER INSERT ON registry_elevator
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION registry_search_elevator_written();
CREATE TRIGGER elevator_found_again AFTER UPDATE ON registry_elevator FOR EACH ROW
    WHEN ((OLD.address, OLD.site_id, OLD.area_id, OLD.city_id, OLD.managing_district_id)
          IS DISTINCT FROM (NEW.address, NEW.site_id, NEW.area_id, NEW.city_id, NEW.managing_district_id))
    EXECUTE FUNCTION registry_search_elevator_written();

CREATE FUNCTION registry_search_area_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM registry_search_sites(ARRAY(
        SELECT id FROM registry_site WHERE NEW.id IN (area_id, managing_district_id, city_id)));
    PERFORM registry_search_units(ARRAY(SELECT id FROM accounts_unit WHERE area_id = NEW.id));
    PERFORM registry_search_addresses(ARRAY(
        SELECT id FROM registry_elevator WHERE NEW.id IN (area_id, managing_district_id, city_id)));
    RETURN NULL;
END $$;
CREATE TRIGGER area_found_again AFTER UPDATE ON accounts_area FOR EACH ROW
    WHEN ((OLD.name, OLD.name_en) IS DISTINCT FROM (NEW.name, NEW.name_en))
    EXECUTE FUNCTION registry_search_area_renamed();

-- everything anew; an index over empty lists and sorted pages
CREATE FUNCTION registry_search_rebuild() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM registry_searchentry;
    PERFORM registry_search_sites(ARRAY(SELECT id FROM registry_site));
    PERFORM registry_search_units(ARRAY(SELECT id FROM accounts_unit));
    PERFORM registry_search_addresses(ARRAY(SELECT id FROM registry_elevator));
    RETURN (SELECT count(*) FROM registry_searchentry);
END $$;
SELECT registry_search_rebuild();
"""

DROP_TRIGGERS = """
DROP TRIGGER site_found ON registry_site;
DROP TRIGGER site_found_again ON registry_site;
DROP TRIGGER site_found_no_more ON registry_site;
DROP TRIGGER unit_found ON accounts_unit;
DROP TRIGGER unit_found_again ON accounts_unit;
DROP TRIGGER unit_found_no_more ON accounts_unit;
DROP TRIGGER elevator_found ON registry_elevator;
DROP TRIGGER elevator_found_again ON registry_elevator;
DROP TRIGGER area_found_again ON accounts_area;
DROP FUNCTION registry_search_rebuild();
DROP FUNCTION registry_search_area_renamed();
DROP FUNCTION registry_search_elevator_written();
DROP FUNCTION registry_search_unit_written();
DROP FUNCTION registry_search_site_written();
"""
DROP_FUNCTIONS = """
DROP FUNCTION registry_search_addresses(bigint[]);
DROP FUNCTION registry_search_units(bigint[]);
DROP FUNCTION registry_search_sites(bigint[]);
DROP FUNCTION registry_search_words(text[], text, text[]);
DROP TYPE registry_search_words;
DROP FUNCTION registry_search_sound(text);
DROP FUNCTION registry_search_grams(text, text);
DROP FUNCTION registry_search_fold(text);
DROP FUNCTION registry_search_spaced(text);
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0011_search")]
    operations = [migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS), migrations.RunSQL(TRIGGERS, DROP_TRIGGERS)]
