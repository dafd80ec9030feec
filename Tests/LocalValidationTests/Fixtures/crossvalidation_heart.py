# python crossvalidation_heart.py <folder of fed_heart_disease> > crossvalidation_heart.json
# scikit-learn 1.9.1, statsmodels 0.15.0: folds and resamples by the documented hash, refits by GLM/LogisticRegression(penalty None)
import csv,hmac,hashlib,json,numpy as np
import statsmodels.api as sm
from sklearn.metrics import roc_auc_score, brier_score_loss
import sys
rows=[]
names='age sex cp trestbps chol fbs restecg thalach exang oldpeak slope ca thal num'.split()
for c in 'cleveland hungarian switzerland va'.split():
    for i,line in enumerate(open(f'{sys.argv[1]}/processed.{c}.data')):
        r=dict(zip(names,line.strip().split(',')))
        rows.append(r|{'id':f'{c}-{i+1}','centre':c,'disease':int(float(r['num'])>0)})
pred='age,sex,cp,trestbps,chol,fbs,restecg,thalach,exang,oldpeak'.split(',')
rows=[r for r in rows if all(r[p] not in('','?','NA') for p in pred)]
X=np.array([[float(r['age']),float(r['sex'])]+[float(float(r['cp'])==l) for l in(2,3,4)]+[float(r[k]) for k in('trestbps','chol','fbs')]+[float(float(r['restecg'])==l) for l in (1,2)]+[float(r[k]) for k in('thalach','exang','oldpeak')] for r in rows])
y=np.array([int(r['disease']) for r in rows]); site=np.array([r['centre'] for r in rows]); ids=[r['id'] for r in rows]
Z=(X-X.mean(0))/X.std(0)
A=sm.add_constant(Z)
KEY=b'concord'
def code(*p): return hmac.new(KEY,'\x1f'.join(p).encode(),hashlib.sha256).digest()
def seed(*p): return int.from_bytes(code(*p)[:8],'big')
M=(1<<64)-1
class Gen:
    def __init__(s,x): s.s=x
    def u(s):
        s.s=(s.s+0x9E3779B97F4A7C15)&M; z=s.s
        z=((z^(z>>30))*0xBF58476D1CE4E5B9)&M; z=((z^(z>>27))*0x94D049BB133111EB)&M
        return ((z^(z>>31))>>11)*2.0**-53
order={s:sorted(np.where(site==s)[0],key=lambda i:code('case',s,ids[i])) for s in sorted(set(site))}
k=5; fold=np.zeros(len(y),int)
for s,o in order.items():
    st=seed('site',s)%k
    for j,i in enumerate([i for i in o if y[i]==0]+[i for i in o if y[i]==1]): fold[i]=(st+j)%k+1
def fit(idx):
    with np.errstate(all='raise'):
        return sm.GLM(y[idx],A[idx],family=sm.families.Binomial()).fit(tol=1e-14,maxiter=100).params
out={'folds':{'sizes':[int((fold==f).sum()) for f in range(1,k+1)],'auc':[]}}
p=np.zeros(len(y))
for f in range(1,k+1):
    b=fit(np.where(fold!=f)[0]); h=fold==f
    p[h]=1/(1+np.exp(-A[h]@b)); out['folds']['auc'].append(roc_auc_score(y[h],p[h]))
def slope(y,p):
    l=np.log(p/(1-p)); return sm.GLM(y,sm.add_constant(l),family=sm.families.Binomial()).fit(tol=1e-14).params[1]
out['folds']['pooled']={'auc':roc_auc_score(y,p),'slope':slope(y,p),'brier':brier_score_loss(y,p)}
b0=fit(np.arange(len(y))); pa=1/(1+np.exp(-A@b0))
B=40; g={'AUC':[], 'calibration-slope':[], 'Brier':[]}; gs={s:[] for s in order}; bag={'AUC':[], 'Brier':[]}
for r in range(1,B+1):
    idx=[]
    for s,o in order.items():
        G=Gen(seed('resample',s,str(r))); idx+=[o[int(G.u()*len(o))] for _ in o]
    idx=np.array(idx); b=fit(idx); q=1/(1+np.exp(-A@b))
    g['AUC'].append(roc_auc_score(y[idx],q[idx])-roc_auc_score(y,q))
    g['calibration-slope'].append(slope(y[idx],q[idx])-slope(y,q))
    g['Brier'].append(brier_score_loss(y[idx],q[idx])-brier_score_loss(y,q))
    out_=np.setdiff1d(np.arange(len(y)),idx)
    bag['AUC'].append(roc_auc_score(y[out_],q[out_])); bag['Brier'].append(brier_score_loss(y[out_],q[out_]))
    for s in order:
        i=idx[site[idx]==s]
        if s!='switzerland': gs[s].append(roc_auc_score(y[i],q[i])-roc_auc_score(y[site==s],q[site==s]))
out['bootstrap']={'resamples':B,'optimism':{m:float(np.mean(v)) for m,v in g.items()},'mcse':{m:float(np.std(v,ddof=1)/B**.5) for m,v in g.items()},'optimism_by_site':{s:float(np.mean(v)) for s,v in gs.items() if v},'apparent_auc':roc_auc_score(y,pa)}
# Efron and Tibshirani 1997, eq. 24 to 32, on errors; gamma over all pairs of a probability and an outcome
def plus(train,test,gamma):
    t=min(test,gamma); r=(t-train)/(gamma-train) if t>train and gamma>train else 0.
    w=.632/(1-.368*r); return (1-w)*train+w*t
err={'AUC':(1-roc_auc_score(y,pa),1-np.mean(bag['AUC']),.5),'Brier':(brier_score_loss(y,pa),np.mean(bag['Brier']),float(np.mean((y[:,None]-pa[None,:])**2)))}
back=lambda m,v: float(1-v if m=='AUC' else v)
out['bootstrap']['out_of_bag']={m:back(m,e[1]) for m,e in err.items()}
out['bootstrap']['632']={m:back(m,.368*e[0]+.632*e[1]) for m,e in err.items()}
out['bootstrap']['632plus']={m:back(m,plus(*e)) for m,e in err.items()}
# An overfitted example by hand, for the weight: error 0 on the training cases, 0.4 on the others, 0.5 without information
out['bootstrap']['632plus_overfitted']=plus(0.,.4,.5)
import sklearn,statsmodels
out['peer']=[f'scikit-learn {sklearn.__version__}',f'statsmodels {statsmodels.__version__}']
print(json.dumps(out,indent=1))
