@echo off
rem Stops photogate and takes its task away. Configuration, keys, photos and log stay: their folder is named at the end.
setlocal
net session >nul 2>&1
if errorlevel 1 goto nobody
schtasks /Change /TN photogate /DISABLE >nul 2>&1
rem In order, where a gate runs: requests under way are finished. Then for certain.
call "%~dp0photogate.cmd" stop --config "%ProgramData%\photogate\photogate.yaml" >nul 2>&1
schtasks /End /TN photogate >nul 2>&1
schtasks /Delete /TN photogate /F
if errorlevel 1 goto failed
echo The task is gone. Configuration, keys, photos and log stay in %ProgramData%\photogate; remove that folder and this one when you need them no more.
exit /b 0

:nobody
echo uninstall.cmd: needs the rights of an administrator. Open cmd with "Run as administrator", and run it there. 1>&2
exit /b 2

:failed
echo uninstall.cmd: the task photogate was not deleted. Either there is none, or you may not delete it. 1>&2
exit /b 1
