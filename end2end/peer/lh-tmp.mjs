import { chromium } from '/work/main/end2end/node_modules/@playwright/test/index.mjs';
import lighthouse from './node_modules/lighthouse/core/index.js';
const chrome = await chromium.launch({ executablePath: process.env.LEADERPORT_CHROMIUM, args: ['--no-sandbox','--disable-gpu','--remote-debugging-port=9334'] });
for (let i=0;i<Number(process.argv[3]??3);i++){
  const { lhr } = await lighthouse(process.argv[2],{port:9334,logLevel:'error',output:'json'});
  const a=(k)=>lhr.audits[k]?.displayValue??'';
  console.log(Object.values(lhr.categories).map(c=>Math.round(c.score*100)).join(' '),'FCP',a('first-contentful-paint'),'LCP',a('largest-contentful-paint'),'TBT',a('total-blocking-time'),'SI',a('speed-index'),'CLS',a('cumulative-layout-shift'),'TTI',a('interactive'),JSON.stringify((lhr.audits['long-tasks']?.details?.items??[]).map(x=>[x.url?.slice(-30),Math.round(x.startTime),Math.round(x.duration)])));
}
await chrome.close();
