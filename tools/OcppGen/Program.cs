using OcppGen;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: OcppGen <folder with ocpp2.0.1 and ocpp2.1> <src/lib/Busbar.Ocpp/V2/Generated>");
    return 2;
}

var family = Family.Read(args[0]);
var files = new Emitter(family).Run();
Directory.CreateDirectory(args[1]);
foreach (var old in Directory.EnumerateFiles(args[1], "*.cs"))
{
    if (!files.ContainsKey(Path.GetFileName(old)))
    {
        File.Delete(old);
    }
}

foreach (var (name, text) in files)
{
    File.WriteAllText(Path.Combine(args[1], name), text);
}

Console.WriteLine($"{family.Messages.Count} messages, {family.Objects.Count} datatypes, {family.Enumerations.Count} enumerations in {files.Count} files");
return 0;
