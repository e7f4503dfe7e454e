-- One county's (tenant's) history: who may write next, its entries in their order, and a copy to begin from.
-- Every table begins with the tenant, so that row-level security and a distribution over machines need no other key.

-- position, entry: of the last one in the log; whoever writes holds this row's lock until he has committed.
-- log: made at random with the tenant, so that a file knows whose copy it is. format: of what entries and bases hold.
-- key_check: follows from the storage key. base: the position that the copy to begin from stands for. forget: entries
-- up to here are to go, for words were erased, as soon as every server has followed them; 0: none.
CREATE TABLE tenant (
    tenant    text   NOT NULL PRIMARY KEY,
    log       bytea  NOT NULL,
    format    bigint NOT NULL,
    key_check bytea  NOT NULL,
    position  bigint NOT NULL,
    entry     bytea  NOT NULL,
    base      bigint NOT NULL,
    forget    bigint NOT NULL DEFAULT 0,
    closed    bigint NOT NULL DEFAULT 0  -- 1: the county went back to a file of its own
);

-- Where each stream ends; area: 5 bytes of division and 2 of grid, so that an area and all below it are one range.
CREATE TABLE stream (
    tenant      text   NOT NULL,
    area        bytea  NOT NULL,
    compartment bytea  NOT NULL,
    position    bigint NOT NULL,
    chain       bytea  NOT NULL,
    PRIMARY KEY (tenant, area, compartment)
);

-- What each transaction changed, sealed.
CREATE TABLE entry (
    tenant   text   NOT NULL,
    position bigint NOT NULL,
    id       bytea  NOT NULL,
    body     bytea  NOT NULL,
    PRIMARY KEY (tenant, position)
);
ALTER TABLE entry ALTER COLUMN body SET STORAGE EXTERNAL;  -- sealed bytes do not compress

-- A whole file in sealed chunks. file: 0 the database, 1 its archive.
CREATE TABLE base (
    tenant   text   NOT NULL,
    position bigint NOT NULL,
    file     bigint NOT NULL,
    chunk    bigint NOT NULL,
    body     bytea  NOT NULL,
    PRIMARY KEY (tenant, position, file, chunk)
);
ALTER TABLE base ALTER COLUMN body SET STORAGE EXTERNAL;

-- How far each server was when it last said so.
CREATE TABLE follower (
    tenant   text        NOT NULL,
    process  bytea       NOT NULL,
    position bigint      NOT NULL,
    seen     timestamptz NOT NULL,
    PRIMARY KEY (tenant, process)
);

-- The erase list, sealed; id: follows from what the entry says, so that the same one is added once.
CREATE TABLE erasure (
    tenant text   NOT NULL,
    id     bytea  NOT NULL,
    number bigint NOT NULL,
    body   bytea  NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- The second net: a query that forgets whose rows it means sees none but its own tenant's. FORCE: the owner too.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tenant', 'stream', 'entry', 'base', 'follower', 'erasure'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY of_the_tenant ON %I USING (tenant = current_setting(''doorstep.tenant'', true)) '
                       'WITH CHECK (tenant = current_setting(''doorstep.tenant'', true))', name);
    END LOOP;
END
$$;
