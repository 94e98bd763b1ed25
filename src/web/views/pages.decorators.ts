import { applyDecorators, Get, HttpCode, Post } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';

/** What a route of a page is known by; see `preparePages`. */
export interface PageConfig {
  isPage?: boolean;
}

/** A page, at this path or these. Combine it with who may see it. `@Page('login') @Public()` */
export const Page = (path: string | string[]) => applyDecorators(Get(path), RouteConfig({ isPage: true }));

/** What a page's form is sent to; only forms of our own pages are taken. `@PageForm('login') @Public()` */
export const PageForm = (path: string) =>
  applyDecorators(Post(path), HttpCode(200), RouteConfig({ isPage: true, takesForm: true }));
