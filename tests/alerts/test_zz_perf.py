import os,sys,time,tempfile,datetime as dt
sys.path.insert(0,'.')
import numpy as np, pytest
from alerts.streaming import StreamingJudge
from schemas.blocks import ReadingBlock
from tests.alerts.bench import *
def test_perf(bench, connection):
    pts=[bench.point(f"V{n}") for n in range(2000)]
    bench.rules(*[{"code":f"r{k}","above":80+k} for k in range(10)])
    judge=bench.streaming
    def blk(npt, per, v=50.0, t0="10:00"):
        return ReadingBlock(np.repeat(np.array(pts[:npt],np.int32),per), np.tile(at(t0)+np.arange(per)*60_000_000,npt), np.full(npt*per,v), np.full(npt*per,b"N","S1"))
    out=[]
    def timed(label,b):
        with connection.transaction():
            t=time.perf_counter(); c=time.process_time(); judge(connection,b,NOW); out.append(f"{label}: {1e3*(time.perf_counter()-t):.1f} ms wall, {1e3*(time.process_time()-c):.1f} ms cpu")
    timed("first (plan load)",blk(2000,10))
    for _ in range(5): timed("quiet 2000x10",blk(2000,10))
    for _ in range(3): timed("quiet 200x100",blk(200,100))
    for _ in range(3): timed("quiet 20x1000",blk(20,1000))
    b=blk(2000,10); b.value[::2000]=85.0   # 10 spikes
    bench.send_block(b); 
    b=blk(2000,10,t0="11:00"); b.value[5::2000]=85.0
    t=time.perf_counter(); bench.send_block(b); out.append(f"write+judge 10 spikes x5 rules: {1e3*(time.perf_counter()-t):.0f} ms")
    judge2=bench.writer.judge; bench.writer.judge=None
    b=blk(2000,10,t0="12:00"); t=time.perf_counter(); bench.send_block(b); out.append(f"write without judge: {1e3*(time.perf_counter()-t):.0f} ms")
    bench.writer.judge=judge2
    b=blk(2000,10,t0="13:00"); t=time.perf_counter(); bench.send_block(b); out.append(f"write with judge quiet: {1e3*(time.perf_counter()-t):.0f} ms")
    b=blk(200,10,90.0,t0="14:00"); t=time.perf_counter(); bench.send_block(b); out.append(f"write all 200x10 rules exceed: {1e3*(time.perf_counter()-t):.0f} ms, {len(bench.connection.execute('select 1 from alerts').fetchall())} alerts")
    b=blk(200,10,90.0,t0="15:00"); t=time.perf_counter(); bench.send_block(b); out.append(f"go on: {1e3*(time.perf_counter()-t):.0f} ms")
    print("\n".join(out))
