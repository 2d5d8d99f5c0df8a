-- What the grid has billed, held against the meters month by month.
CREATE TABLE grid_invoices (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    enterprise_id  int NOT NULL REFERENCES enterprises,
    month          date NOT NULL CHECK (extract(day FROM month) = 1),
    direction      text NOT NULL CHECK (direction IN ('import', 'export')),
    number         text NOT NULL DEFAULT '',
    energy_kwh     numeric NOT NULL CHECK (energy_kwh >= 0 AND energy_kwh < 'Infinity'),
    created_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (enterprise_id, month, direction, number)
);

CREATE VIEW visible.grid_invoices WITH (security_barrier) AS
SELECT i.*, e.code AS enterprise FROM grid_invoices i JOIN visible.enterprises e ON e.id = i.enterprise_id;

-- Since when a counter is declared to count; who sees the point sees it.
CREATE VIEW visible.metered_since WITH (security_barrier) AS
SELECT e.point_id, min(e.valid_from) AS since FROM meter_epochs e JOIN visible.points p ON p.id = e.point_id
GROUP BY e.point_id;

GRANT SELECT ON visible.grid_invoices, visible.metered_since TO parkwatch_reader;
