import pytest
from desk import Desk, text_of
W=[("generate_image",{"prompt":"p","save_to":s}) for s in ("~nosuchuser/fox.png","x"*5000,"a/"*3000,"x"*300+"/fox.png","~","~/fox","\\\\server\\share\\x.png","C:\\x\\y.png",".",".."," ","fox.png/","/","\u202efox.png","con/fox.png","x\ny")]
W+=[("edit_image",{"prompt":"p","images":[s]}) for s in ("","~nosuchuser/x.png","x"*5000,"http://127.0.0.1:1/x.png","https://","https://[::1","data:","data:image/png;base64,","data:image/png;base64,!!!!","file:///etc/passwd","img_","/","\0","ftp://a/b","/dev/zero","/proc/self/environ",".")]
W+=[("edit_image",{"prompt":"p","images":["img_x"],"mask":s}) for s in ("","x"*5000)]
W+=[("view_image",{"image_id":s}) for s in ("","x"*100000,"' or 1=1","\ud800")]
W+=[("list_images",{"before":s}) for s in ("nan/x","inf/x","1e999/","/","1/2/3","-1/x")]
W+=[("wait_for_jobs",{"job_ids":[s]}) for s in ("","\0","\ud800","x"*100000)]
W+=[("cancel_job",{"job_id":s}) for s in ("","\ud800")]
W+=[("list_sizes",{"aspect_ratio":s}) for s in ("1:99999","99999:1","0:0","1:1 ")]
@pytest.mark.anyio
@pytest.mark.parametrize(("tool","args"),W,ids=range(len(W)))
async def test_w(tool,args,desk):
    before=len(desk.sandbox.calls(desk.label))
    try: a=await desk.call(tool,**args)
    except Exception as e: print("EXC",tool,str(args)[:80],repr(e)[:200]); return
    t=text_of(a)
    flag="!!!" if ("mistake in Darkroom" in t or len(t)>3000) else ""
    print(flag,tool,str(args)[:70],"->",a.is_error,t[:230].replace("\n"," | "), "SENT" if len(desk.sandbox.calls(desk.label))>before else "")
