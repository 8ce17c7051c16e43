@echo off
rem photogate with the Node.js of its package: photogate.cmd check --config C:\ProgramData\photogate\photogate.yaml
"%~dp0runtime\node.exe" "%~dp0dist\cli.js" %*
exit /b %errorlevel%
