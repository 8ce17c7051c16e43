@echo off
rem Makes photogate a task that Windows starts with the machine, as LOCAL SERVICE. May be run again, after an upgrade too.
rem It writes no configuration over another, and changes no rights of files that are there already but the task's folder.
setlocal
set "data=%ProgramData%\photogate"
set "config=%data%\photogate.yaml"

net session >nul 2>&1
if errorlevel 1 goto nobody

if exist "%config%" goto configured
call "%~dp0photogate.cmd" init --config "%config%"
if errorlevel 1 goto failed
rem A task has no standard output. Windows has no signals for logrotate, so the gate rotates by itself.
>>"%config%" echo.
>>"%config%" echo # The log. The page for administrators shows the last decisions too.
>>"%config%" echo log: { file: log/photogate.log, rotate: { size: 64MiB, keep: 7 } }
if not exist "%data%\log" mkdir "%data%\log"

rem Only administrators, the system (S-1-5-18) and LOCAL SERVICE (S-1-5-19): keys and photos of people lie here.
icacls "%data%" /inheritance:r /grant "*S-1-5-32-544:(OI)(CI)F" /grant "*S-1-5-18:(OI)(CI)F" /grant "*S-1-5-19:(OI)(CI)RX" >nul
if errorlevel 1 goto failed
icacls "%data%\photos" /grant "*S-1-5-19:(OI)(CI)M" >nul
if errorlevel 1 goto failed
icacls "%data%\log" /grant "*S-1-5-19:(OI)(CI)M" >nul
if errorlevel 1 goto failed

:configured
call "%~dp0photogate.cmd" check --config "%config%"
if errorlevel 1 goto failed
"%~dp0runtime\node.exe" "%~dp0deploy\windows\task.mjs" "%config%" "%data%\task.xml"
if errorlevel 1 goto failed
schtasks /Create /TN photogate /XML "%data%\task.xml" /F
if errorlevel 1 goto failed
schtasks /Run /TN photogate
if errorlevel 1 goto failed
echo photogate runs. Its configuration: %config%
exit /b 0

:nobody
echo install.cmd: needs the rights of an administrator. Open cmd with "Run as administrator", and run it there. 1>&2
exit /b 2

:failed
echo install.cmd: stopped at the step above. Put right what it says, and run install.cmd again. 1>&2
exit /b 1
