using System.Reflection;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>A server whose program forgot to filter by tenant: every room's context sees all rows that its database lets it see.</summary>
internal static class WithoutFilter
{
    public static void Add(IServiceCollection services)
    {
        foreach (var registration in services.Where(one => one.ServiceType is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(RoomDbFactory<>)).ToList())
        {
            services.Remove(registration);
            var make = typeof(WithoutFilter).GetMethod(nameof(Make), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(registration.ServiceType.GetGenericArguments());
            services.AddSingleton(registration.ServiceType, provider => make.Invoke(null, [provider])!);
        }
    }

    private static RoomDbFactory<TDb> Make<TDb>(IServiceProvider provider) where TDb : RoomDb
    {
        var database = provider.GetRequiredService<Database>();
        var options = new DbContextOptionsBuilder<TDb>((DbContextOptions<TDb>)RoomDbOptions.For<TDb>(database)).ReplaceService<IModelCustomizer, Blind>().Options;
        return new RoomDbFactory<TDb>(database, setup => (TDb)Activator.CreateInstance(typeof(TDb), setup with { Options = options })!, provider.GetRequiredService<TimeProvider>());
    }

    private sealed class Blind(ModelCustomizerDependencies dependencies) : RelationalModelCustomizer(dependencies)
    {
        public override void Customize(ModelBuilder modelBuilder, DbContext context)
        {
            base.Customize(modelBuilder, context);
            foreach (var entity in modelBuilder.Model.GetEntityTypes()) entity.SetQueryFilter(null);
        }
    }
}
