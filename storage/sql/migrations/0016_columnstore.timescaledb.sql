-- Days of readings turn into columns, a point beside its like and in order of time; the job `columnstore` says after how many days.
ALTER TABLE readings SET (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'point_id',
    timescaledb.orderby = 'ts'
);
