# python drop_heart.py <folder of fed_heart_disease> > drop_heart.json
# scipy (dual of entropy balancing by BFGS and trust-exact) and scikit-learn (weighted AUC): Cleveland's cases weighted to the moments of others'
import sys,json,numpy as np,scipy,sklearn
from scipy.optimize import minimize
from scipy.stats import norm
from sklearn.metrics import roc_auc_score
names='age sex cp trestbps chol fbs restecg thalach exang oldpeak slope ca thal num'.split()
def read(c):
    t=[dict(zip(names,l.strip().split(','))) for l in open(f'{sys.argv[1]}/processed.{c}.data')]
    t=[r for r in t if all(r[k] not in('','?') for k in names[:10])]
    return (np.array([[float(r[k]) for k in('age','sex','trestbps','thalach')]+[float(float(r['cp'])==l) for l in(2,3,4)] for r in t]),
            np.array([float(r['oldpeak']) for r in t]),np.array([int(float(r['num'])>0) for r in t]))
data={c:read(c) for c in 'cleveland hungarian va'.split()}
Xi,si,yi=data['cleveland']; out={'peer':[f'scipy {scipy.__version__}',f'scikit-learn {sklearn.__version__}'],'targets':{}}
def auc(y,s,w=None): return roc_auc_score(y,s,sample_weight=w)
for target in ('hungarian','va','both'):
    parts=[data[c] for c in (('hungarian','va') if target=='both' else (target,))]
    Xo=np.vstack([p[0] for p in parts]); so=np.concatenate([p[1] for p in parts]); yo=np.concatenate([p[2] for p in parts])
    rec={'internal':auc(yi,si),'external':auc(yo,so)}
    for kind in('means','variances'):
        m,sd=Xo.mean(0),Xo.std(0); C=(Xi-m)/sd
        if kind=='variances':
            cont=[0,2,3]; C=np.hstack([C,C[:,cont]**2-1])
        f=lambda l:np.log(np.mean(np.exp(C@l)))
        def g(l):
            e=np.exp(C@l); return (e@C)/e.sum()
        def h(l):
            e=np.exp(C@l); q=g(l); return (C.T*e)@C/e.sum()-np.outer(q,q)
        r=minimize(f,np.zeros(C.shape[1]),jac=g,hess=h,method='trust-exact',options={'gtol':1e-13,'maxiter':1000})
        x=scipy.optimize.root(g,r.x,jac=h,tol=1e-15).x; w=np.exp(C@x); w/=w.mean()
        assert np.abs((w@C)/w.sum()).max()<1e-9,(target,kind,np.abs((w@C)/w.sum()).max())
        rec[kind]={'weighted_auc':auc(yi,si,w),'effective':float(w.sum()**2/(w@w))}
    out['targets'][target]=rec
rng=np.random.default_rng(7); pairs=np.round(np.column_stack([si,si+rng.normal(0,.5,len(si))]),3)
out['pairs']={'external':pairs[:,1].tolist()}
res=pairs-np.array([pairs[yi==k].mean(0) for k in(0,1)])[yi]
r=float((res[:,0]@res[:,1])/np.sqrt((res[:,0]@res[:,0])*(res[:,1]@res[:,1])))
rt=float(np.corrcoef(pairs.T)[0,1])
a=out['targets']['both']['means']['weighted_auc']
out['pairs'].update({'within_class_correlation':r,'correlation':rt,'after':float(norm.cdf(r*norm.ppf(a))),'after_total':float(norm.cdf(rt*norm.ppf(a)))})
print(json.dumps(out,indent=1))
