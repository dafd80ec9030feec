# python stability_captk.py <folder of nsclc_radiogenomics_2centres_ct> > stability_captk.json
# pingouin 0.7.0 (intraclass_corr), numpy: ten features of 206 lesions and two readings of each with seeded noise; folds by the documented hash
import csv,sys,json,hmac,hashlib,warnings,numpy as np,pandas as pd,pingouin as pg
warnings.filterwarnings('ignore'); pg.options['round.column.CI95']=15
rows=list(csv.DictReader(open(f'{sys.argv[1]}/radiomics_captk.csv')))
def numeric(t):
    try: return np.isfinite(float(t))
    except ValueError: return False
feats=[f for f in list(rows[0])[2:] if all(numeric(r[f]) for r in rows)]
X=np.array([[float(r[f]) for f in feats] for r in rows]); keep=[j for j in range(X.shape[1]) if len(set(X[:,j]))>100][:10]
feats=[feats[j] for j in keep]; X=X[:,keep]; levels=np.array([.1,.3,.5,.7,.8,.9,1.0,1.1,1.3,2.0])
amp=[float(f'{v:.6g}') for v in levels*X.std(0)]
M=(1<<64)-1
class Gen:
    def __init__(s,x): s.s=x
    def u(s):
        s.s=(s.s+0x9E3779B97F4A7C15)&M; z=s.s
        z=((z^(z>>30))*0xBF58476D1CE4E5B9)&M; z=((z^(z>>27))*0x94D049BB133111EB)&M
        return ((z^(z>>31))>>11)*2.0**-53
G=Gen(11)
Y=np.array([[X[i,j]+amp[j]*(2*G.u()-1) for j in range(len(feats))] for i in range(len(rows))])
Z=np.array([[X[i,j]+0.6*amp[j]*(2*G.u()-1) for j in range(len(feats))] for i in range(len(rows))])
ids=[r['id'] for r in rows]; site=np.array([r['center'] for r in rows])
def code(*p): return hmac.new(b'concord','\x1f'.join(p).encode(),hashlib.sha256).digest()
k=4; fold=np.zeros(len(rows),int)
for s in sorted(set(site)):
    o=sorted(np.where(site==s)[0],key=lambda i:code('case',s,ids[i])); st=int.from_bytes(code('site',s)[:8],'big')%k
    for p,i in enumerate(o): fold[i]=(st+p)%k+1
def icc(idx,j):
    d=pd.DataFrame({'c':np.r_[idx,idx],'r':np.r_[np.zeros(len(idx)),np.ones(len(idx))],'v':np.r_[X[idx,j],Y[idx,j]]})
    t=pg.intraclass_corr(d,targets='c',raters='r',ratings='v'); t=t[t['Type'].isin(['ICC2','ICC(A,1)'])].iloc[0]
    ci=t['CI95'] if 'CI95' in t else t['CI95%']
    return float(t['ICC']),float(ci[0])
def ccc(idx,j):
    a,b=X[idx,j],Z[idx,j]; return float(2*np.cov(a,b,bias=True)[0,1]/(a.var()+b.var()+(a.mean()-b.mean())**2))
def keptlist(mask):
    out=[]
    for j,f in enumerate(feats):
        ok=[icc(np.where(mask&(site==s))[0],j)[1]>=.75 for s in sorted(set(site))]; ok2=[ccc(np.where(mask&(site==s))[0],j)>=.85 for s in sorted(set(site))]
        if np.mean(ok)>=.75 and np.mean(ok2)>=.75: out.append(f)
    return out
al=np.arange(len(rows)); out={'peer':[f'pingouin {pg.__version__}'],'features':feats,'amplitude':amp,
 'icc':[icc(al,j)[0] for j in range(len(feats))],'lower':[icc(al,j)[1] for j in range(len(feats))],'ccc':[ccc(al,j) for j in range(len(feats))],
 'kept':keptlist(np.ones(len(rows),bool)),'kept_without_fold':[keptlist(fold!=f) for f in range(1,k+1)]}
print(json.dumps(out,indent=1))
