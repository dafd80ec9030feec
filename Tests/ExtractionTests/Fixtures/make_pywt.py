"""Makes pywt.json: voxels of stationary wavelet sub-bands, level 1, and of PyRadiomics' repeated low pass."""
import json, numpy as np, pywt
z,y,x=np.meshgrid(np.arange(10),np.arange(12),np.arange(16),indexing='ij')
image=((x*7+y*13+z*29+x*y*3+z*z)%17).astype(float)
names=["haar"]+["db%d"%i for i in range(2,21)]+["sym%d"%i for i in range(2,21)]+["coif%d"%i for i in range(1,18)]+[n for n in pywt.wavelist(kind='discrete') if n.startswith(('bior','rbio'))]+["dmey"]
out=[]
def swt(data,n):
    return pywt.swtn(data, n, level=1, start_level=0, axes=[2,1,0])[0]
for n in names:
    one=swt(image,n); two=swt(one['aaa'],n)
    take=lambda a:[float("%.9g"%a.ravel()[i]) for i in (0,777,1919)]
    out.append(dict(wavelet=n,LLH=take(one['aad']),HLL=take(one['daa']),HHH=take(one['ddd']),second=take(two["ada"]),range=[float("%.9g"%two["ada"].min()),float("%.9g"%two["ada"].max())]))
json.dump(dict(package="PyWavelets "+pywt.__version__,cases=out),open('pywt.json','w'),separators=(",",":"))
